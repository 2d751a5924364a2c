"""Addresses: one line per part of the house."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from oms.accounts import signing_in

# Under /api/ they answer with problem documents, elsewhere with pages.
handler400 = "oms.core.api.problems.bad_request"
handler403 = "oms.refusals.permission_denied"
handler404 = "oms.refusals.not_found"
handler500 = "oms.core.api.problems.server_error"

urlpatterns = [
    # Who types the bare address is a customer; staff know theirs.
    path("", RedirectView.as_view(pattern_name="status-lookup")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "api/docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="api-schema", template_name="oms/api_docs.html"
        ),
        name="api-docs",
    ),
    path("api/v1/", include("orders.urls")),
    path("api/v1/", include("fulfillment.urls")),
    path("api/v1/", include("inventory.urls")),
    path("api/v1/", include("returns.urls")),
    path("api/v1/", include("oms.reporting.urls")),
    path("status/", include("fulfillment.statuspage.urls")),
    path("admin/login/", signing_in.login),  # before the console's own, which counts nothing
    path("admin/", admin.site.urls),
]
