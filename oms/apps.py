"""Django's registration of the frame: loads the Celery application and the system checks."""

from django.apps import AppConfig

from oms import celery, checks

__all__ = ["FrameConfig", "celery", "checks"]


class FrameConfig(AppConfig):
    """The frame itself; it has no tables."""

    name = "oms"
    label = "oms"
    verbose_name = "Order management"
