"""Django's registration of the app."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The app `demo`."""

    name = "oms.demo"
    label = "demo"
    verbose_name = "Demo"
