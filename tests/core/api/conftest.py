from collections.abc import Iterator

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from tests.core.api import things
from tests.core.api.things import EFFECTS, Effects


@pytest.fixture
def effects() -> Iterator[Effects]:
    """Give what the small API does besides answering, as new."""
    EFFECTS.reset()
    yield EFFECTS
    EFFECTS.reset()


@pytest.fixture
def client(effects: Effects) -> Iterator[APIClient]:
    """Give a client of the small API, signed in with both scopes."""
    with override_settings(ROOT_URLCONF=things.__name__):
        yield APIClient(
            raise_request_exception=False,
            HTTP_AUTHORIZATION="client-1 things:read things:write",
        )
