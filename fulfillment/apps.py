"""Django's registration of the app."""

from django.apps import AppConfig


class FulfillmentConfig(AppConfig):
    """The app `fulfillment`."""

    name = "fulfillment"
    label = "fulfillment"
    verbose_name = "Fulfillment"
