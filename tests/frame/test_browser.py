"""The browser fixture shows real pages, and notices a broken content policy."""

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.django_db
def test_the_console_asks_for_a_login_without_breaking_its_policy(page: Page) -> None:
    page.goto("/admin/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


@pytest.mark.django_db
def test_the_api_pages_work_without_the_outside_and_under_the_strict_policy(page: Page) -> None:
    answers = []
    page.on("request", lambda request: answers.append(request.url))
    page.goto("/api/docs/")
    expect(page.locator(".swagger-ui .info")).to_be_visible()
    origin = page.url.split("/api/")[0]
    assert [url for url in answers if not url.startswith((origin, "data:"))] == []
