"""What several calls have in common in the published schema."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from oms.core.api import idempotency, pagination

IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 255 visible ASCII characters, new for each intention. The same key with the same"
    " request gets the first answer again.",
)


def listed(filters: Any) -> list[OpenApiParameter]:
    """Return the parameters of a list: those of its filter set, and of its pages."""
    return [
        OpenApiParameter(name, str, OpenApiParameter.QUERY)
        for name in (*filters.base_filters, *pagination.PARAMETERS)
    ]
