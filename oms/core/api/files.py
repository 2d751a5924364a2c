"""Answers that are files: PDF, printer code. Refusals are problem documents as everywhere."""

from typing import Any

from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from oms.core.api.views import ApiView

PDF = "application/pdf"
ZPL = "application/zpl"


class FileView(ApiView):
    """Base of views that answer with a file, whatever the client says it accepts."""

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Choose the renderer of refusals; a file needs none."""
        chosen: Any = super().perform_content_negotiation(request, force=True)
        return chosen[0], chosen[1]


def download(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """Return a file to be shown or saved under `name`. The name is one of ours: letters, digits, dot and hyphen."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
