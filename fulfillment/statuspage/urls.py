"""Addresses of the customer's page."""

from django.urls import path

from fulfillment.statuspage import views

urlpatterns = [
    path("", views.lookup, name="status-lookup"),
    path("<str:token>", views.page, name="status-page"),
    path("<str:token>/answer/<uuid:reference>", views.answer, name="status-answer"),
]
