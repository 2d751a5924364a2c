"""Django's registration of the app."""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """The app `returns`."""

    name = "returns"
    label = "returns"
    verbose_name = "Returns"
