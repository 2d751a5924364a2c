"""Mail servers and documents for the messaging tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Model
from pytest_django import Settings

from oms.messaging import services
from oms.messaging.models import Message
from tests.messaging import smtp


@pytest.fixture
def server(settings: Settings) -> Iterator[smtp.MailServer]:
    """Give a mail server that Django sends through."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 5
    with smtp.running() as fake:
        settings.EMAIL_HOST, settings.EMAIL_PORT = fake.host, fake.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield fake


@pytest.fixture
def document() -> Model:
    """Give something that a message can be about."""
    return get_user_model().objects.create_user(username="ada", password="not used here 1")


@pytest.fixture
def queued(document: Model) -> Callable[..., Message]:
    """Queue a mail about the document; keyword arguments replace its parts."""

    def queue(**changed: Any) -> Message:
        values: dict[str, Any] = {
            "document": document,
            "kind": "order_confirmation",
            "trigger": "orders.order_placed.v1",
            "recipient": "ada@example.com",
            "language": "en",
            "subject": "Your order",
            "text": "Thank you.",
            "html": "<p>Thank you.</p>",
        }
        message = services.queue(**(values | changed))
        assert message is not None
        return message

    return queue
