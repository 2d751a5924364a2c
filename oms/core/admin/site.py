"""The admin site of the console, with pages that belong to no model."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

View = Callable[..., HttpResponseBase]

KEY_FIELD = "press_key"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the console that is no model's: its address below the console, its name and the right to see it."""

    route: str
    name: str
    permission: str
    view: View


PAGES: list[Page] = []


def page(route: str, *, name: str, permission: str) -> Callable[[View], View]:
    """Register a view as a page of the console; without `permission` it answers 403."""

    def register(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        PAGES.append(Page(route, name, permission, guarded))
        return guarded

    return register


class ConsoleSite(UnfoldAdminSite):
    """The one admin site. Apps register their pages while they are loaded, before any address is resolved."""

    def extra_urls(self) -> list[URLPattern]:
        """Return the addresses of the registered pages."""
        return [path(page.route, self.admin_view(page.view), name=page.name) for page in PAGES]

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Find by words; a page of the hits that does not exist is not found.

        Unfold would keep hits for five minutes, also from somebody who lost the right to see them, and across its two
        kinds of search: what it kept is forgotten first.
        """
        words = f"{request.user.pk}_{request.GET.get('s', '').lower()}"
        cache.delete(f"unfold_search_{hashlib.sha256(words.encode()).hexdigest()}")
        try:
            found: HttpResponse = super().search(request, extra_context)
        except InvalidPage as error:
            raise Http404(str(error)) from error
        return found


class ConsoleConfig(AdminConfig):
    """Django's admin with our site."""

    default_site = "oms.core.admin.site.ConsoleSite"


def render(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> TemplateResponse:
    """Answer with a page in the frame of the console."""
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), **context}, status=status
    )


def form_key(request: HttpRequest) -> str:
    """Return the key of the shown form: kept while it is sent again with corrections, new for a fresh form."""
    try:
        return uuid.UUID(request.POST.get(KEY_FIELD, "")).hex
    except ValueError:
        return uuid.uuid4().hex
