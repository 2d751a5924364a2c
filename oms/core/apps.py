"""Django's registration of the app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The app `core`."""

    name = "oms.core"
    label = "core"
    verbose_name = "Core"
