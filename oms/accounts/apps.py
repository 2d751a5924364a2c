"""Django's registration of the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app `accounts`."""

    name = "oms.accounts"
    label = "accounts"
    verbose_name = "Accounts"
