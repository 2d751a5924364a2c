"""Signing in to the console in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.accounts.factories import staff


@pytest.fixture
def enter(page: Page, live_server: LiveServer) -> Callable[..., Page]:
    """Sign a member of staff in and give the page."""

    def sign_in(role: str, **where: Any) -> Page:
        client = Client()
        client.force_login(staff(role, **where))
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        return page

    return sign_in
