"""What answers 403 and 404: pages of the console for staff, problem documents under /api/, plain pages elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from oms.core.admin import site
from oms.core.api import problems


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
