"""Django's registration of the app."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """The app `reporting`."""

    name = "oms.reporting"
    label = "reporting"
    verbose_name = "Reports"
