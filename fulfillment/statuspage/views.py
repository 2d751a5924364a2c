"""The entrance for customers: a form, and the page behind a private link."""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fulfillment.statuspage import queries, services
from fulfillment.statuspage.forms import LookupForm
from oms.core.errors import DomainError, Missing
from oms.core.limits.errors import LimitReached
from oms.core.network import client_network
from oms.core.transactions import retrying

View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """Keep the answer out of caches, search engines and the Referer header."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        # The form's own policy has to let the browser name its origin, or the form could not be sent.
        response.setdefault("Referrer-Policy", "no-referrer")
        return response

    return wrapped


@private
@sensitive_post_parameters("number", "proof")
@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """Ask for the order number and a second thing; a right pair leads to the page."""
    language = _asked_for(request) or translation.get_language() or settings.LANGUAGE_CODE
    form = LookupForm(request.POST) if request.method == "POST" else LookupForm()
    status = HTTPStatus.OK
    refusal = ""
    response: HttpResponse
    if form.is_bound and not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    elif form.is_bound:
        try:
            token = services.look_up(
                number=form.cleaned_data["number"],
                proof=form.cleaned_data["proof"],
                network=client_network(request),
            )
        except Missing:
            status, refusal = HTTPStatus.NOT_FOUND, "missing"
        except LimitReached as reached:
            return _too_many(request, reached, language)
        else:
            response = HttpResponseRedirect(_page_address(token, _asked_for(request)))
            response.status_code = HTTPStatus.SEE_OTHER
            return response
    response = _answer(
        request, "lookup", {"form": form, "refusal": refusal}, language=language, status=status
    )
    response["Referrer-Policy"] = "same-origin"
    return response


@private
@sensitive_variables("token")
@require_GET
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the order that the link opens."""
    asked_for = _asked_for(request)
    try:
        shown = queries.page(services.open_link(token=token, network=client_network(request)))
    except Missing:
        language = asked_for or translation.get_language() or settings.LANGUAGE_CODE
        return _answer(request, "closed", {}, language=language, status=HTTPStatus.NOT_FOUND)
    except LimitReached as reached:
        return _too_many(request, reached, asked_for or settings.LANGUAGE_CODE)
    said = request.GET.get("said", "")
    response = _answer(
        request,
        "page",
        {"page": shown, "said": said if said in ("done", "over") else "", "token": token},
        language=asked_for or shown.language,
    )
    if shown.offers:
        response["Referrer-Policy"] = "same-origin"
    return response


@private
@sensitive_variables("token")
@require_POST
def answer(request: HttpRequest, token: str, reference: UUID) -> HttpResponse:
    """Take the answer to an offer; the page says what came of it."""
    language = _asked_for(request)
    try:
        retrying(
            partial(
                services.answer,
                token=token,
                network=client_network(request),
                reference=str(reference),
                act=request.POST.get("act", ""),
            )
        )
    except LimitReached as reached:
        return _too_many(request, reached, language or settings.LANGUAGE_CODE)
    except Missing:
        closed = language or translation.get_language() or settings.LANGUAGE_CODE
        return _answer(request, "closed", {}, language=closed, status=HTTPStatus.NOT_FOUND)
    except DomainError:
        said = "over"
    else:
        said = "done"
    there = _page_address(token, language)
    response = HttpResponseRedirect(f"{there}{'&' if '?' in there else '?'}said={said}")
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _answer(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    language: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """Render in one of the languages that we have."""
    try:
        known = translation.get_supported_language_variant(language)
    except LookupError:
        known = settings.LANGUAGE_CODE
    with translation.override(known):
        response = render(
            request,
            f"fulfillment/statuspage/{template}.html",
            {**context, "language": known, "languages": settings.LANGUAGES},
            status=status,
        )
    response["Content-Language"] = known
    return response


def _too_many(request: HttpRequest, reached: LimitReached, language: str) -> HttpResponse:
    minutes = -(-reached.seconds // 60)
    response = _answer(
        request,
        "too_many",
        {"minutes": minutes},
        language=language,
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    response["Retry-After"] = str(reached.seconds)
    return response


def _asked_for(request: HttpRequest) -> str | None:
    """Return the language named in the address, if we have it."""
    language = request.GET.get("language", "")
    return language if language in dict(settings.LANGUAGES) else None


def _page_address(token: str, language: str | None) -> str:
    address = reverse("status-page", args=[token])
    return f"{address}?language={language}" if language else address
