"""Django's registration of the app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """The app `messaging`."""

    name = "oms.messaging"
    label = "messaging"
    verbose_name = "Messages"
