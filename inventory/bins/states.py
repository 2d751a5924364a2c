"""What a bin is for."""

from django.db import models


class BinKind(models.TextChoices):
    """What a bin is for."""

    RECEIVING = "receiving", "receiving dock"
    STORAGE = "storage", "storage"
    PICK_FACE = "pick_face", "picking face"
    QUARANTINE = "quarantine", "quarantine"
    OUTBOUND = "outbound", "outbound dock"
    CROSSDOCK = "crossdock", "cross-dock"
    WHOLE = "whole", "the whole location"
