"""What the floor's pages share: narrow, made for a scanner on a telephone, telling what the last scan led to."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

NOTE = "floor-note"


def floor_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with one of the narrow pages of the floor, and what the last scan led to."""
    note = request.session.pop(NOTE, None)
    return TemplateResponse(
        request,
        template,
        {"note": note, "home": reverse("admin:warehouse"), **context},
        status=status,
    )


def say(request: HttpRequest, words: str, *, good: bool = True) -> None:
    """Keep words for the next page: what a scan led to, told by text, colour and tone."""
    request.session[NOTE] = {"words": words, "tone": "good" if good else "bad"}


def scanned(request: HttpRequest) -> str:
    """Return what the scanner typed, without the spaces around it."""
    return typed(request, "scan", longest=128)


def typed(request: HttpRequest, name: str, *, longest: int) -> str:
    """Return words that were typed on the floor: cut, stripped, and without the zero bytes that no table takes."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:longest]
