"""What the tests of fulfillment share."""

import pytest
from pytest_django import Settings

from tests.fulfillment.carriers import HOUSE, MOODY, MoodyCarrier


@pytest.fixture
def moody(settings: Settings) -> type[MoodyCarrier]:
    """Set up a second carrier that does what the test tells it."""
    settings.OMS_CARRIERS = [HOUSE, MOODY]
    MoodyCarrier.reset()
    return MoodyCarrier
