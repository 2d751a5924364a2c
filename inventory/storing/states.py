"""Classes of articles by how often they are picked."""

from django.db import models


class AbcClass(models.TextChoices):
    """How often an article is picked at a location."""

    A = "A", "A: picked most"
    B = "B", "B: picked now and then"
    C = "C", "C: hardly picked"
