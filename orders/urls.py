"""Addresses of the order API, below /api/v1/."""

from django.urls import path

from orders.backorders import api as backorders
from orders.carts import api as carts
from orders.channels import api as channels
from orders.ordering import api as ordering
from orders.placing import api as placing
from orders.preorders import api as preorders
from orders.promising import api as promising
from orders.substituting import api as substituting

urlpatterns = [
    path("availability", carts.AvailabilityView.as_view(), name="availability"),
    path("reservations", carts.ReservationsView.as_view(), name="reservations"),
    path("reservations/<str:reference>", carts.ReservationView.as_view(), name="reservation"),
    path(
        "reservations/<str:reference>/extend",
        carts.ExtendView.as_view(),
        name="reservation-extend",
    ),
    path(
        "reservations/<str:reference>/release",
        carts.ReleaseView.as_view(),
        name="reservation-release",
    ),
    path("orders", placing.OrdersView.as_view(), name="orders"),
    path(
        "orders/by-external-id/<path:external_id>",
        ordering.ExternalOrderView.as_view(),
        name="order-by-external-id",
    ),
    path("orders/<str:reference>", ordering.OrderView.as_view(), name="order"),
    path(
        "orders/<str:reference>/promises",
        promising.OrderPromisesView.as_view(),
        name="order-promises",
    ),
    path("backorders", backorders.BackordersView.as_view(), name="backorders"),
    path("backorders/what-if", backorders.WhatIfView.as_view(), name="backorders-what-if"),
    path(
        "backorders/<path:sku>/reserve-for",
        backorders.ReserveForView.as_view(),
        name="backorder-reserve-for",
    ),
    path("backorders/<path:sku>", backorders.QueueView.as_view(), name="backorder-queue"),
    path("backorder-rules", channels.BackorderRulesView.as_view(), name="backorder-rules"),
    path("preorders", preorders.PreordersView.as_view(), name="preorders"),
    path("preorders/<path:sku>", preorders.PreorderView.as_view(), name="preorder"),
    path("substitutes", substituting.SubstitutesView.as_view(), name="substitutes"),
    path("substitution-rules", substituting.ModesView.as_view(), name="substitution-rules"),
    path("substitutions", substituting.OffersView.as_view(), name="substitution-offers"),
    path(
        "orders/<str:reference>/substitutions",
        substituting.SubstitutionsView.as_view(),
        name="substitutions",
    ),
    path(
        "substitutions/<str:reference>/accept",
        substituting.AcceptView.as_view(),
        name="substitution-accept",
    ),
    path(
        "substitutions/<str:reference>/keep",
        substituting.KeepView.as_view(),
        name="substitution-keep",
    ),
    path(
        "substitutions/<str:reference>/cancel",
        substituting.CancelView.as_view(),
        name="substitution-cancel",
    ),
    path("promises", promising.PromisesView.as_view(), name="promises"),
    path("orders/<str:reference>/cancel", ordering.CancelView.as_view(), name="order-cancel"),
]
