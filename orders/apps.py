"""Django's registration of the app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The app `orders`."""

    name = "orders"
    label = "orders"
    verbose_name = "Orders"
