"""What several calls have in common in the published schema."""

from drf_spectacular.utils import OpenApiParameter

from oms.core.api import idempotency

IDEMPOTENCY_KEY = OpenApiParameter(
    idempotency.HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 255 visible ASCII characters, new for each intention. The same key with the same"
    " request gets the first answer again.",
)
