"""Django's registration of the app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The app `console`; it has no tables."""

    name = "oms.console"
    label = "console"
    verbose_name = "Console"
