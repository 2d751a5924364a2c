"""Django's registration of the app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """The app `inventory`."""

    name = "inventory"
    label = "inventory"
    verbose_name = "Inventory"
