"""What answers 403 and 404: pages of the console for staff, problem documents under /api/, plain pages elsewhere."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from oms.core.admin import site
from oms.core.api import problems


class NoZeroBytes:
    """Refuse an address with a zero byte: no text of ours holds one, and PostgreSQL stores none.

    Under /api/ every parameter is judged by its route, which names it in its answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Raise BadRequest, which becomes a page, or hand the request on."""
        asked = request.META.get("QUERY_STRING", "")
        if ("%00" in asked or "\x00" in asked) and not request.path_info.startswith(
            problems.API_PREFIX
        ):
            raise BadRequest("The address holds a zero byte.")
        return self.get_response(request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 403."""
    if _is_staff_at_the_console(request):
        return _page(request, "This is not for your role", 403)
    return problems.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404."""
    if _is_staff_at_the_console(request):
        return _page(request, "There is no such page", 404)
    return problems.not_found(request, exception)


def _is_staff_at_the_console(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return request.path.startswith(reverse("admin:index")) and bool(user and user.is_staff)


def _page(request: HttpRequest, title: str, status: int) -> HttpResponse:
    page = site.render(
        request, "admin/console/refused.html", {"title": title, "status": status}, status=status
    )
    return page.render()
