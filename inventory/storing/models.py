"""Storing tables."""

from django.db import models
from django.db.models import F, Q

from inventory.bins.models import Bin
from inventory.bins.states import BinKind
from inventory.catalog.models import Sku
from inventory.locations.models import Location
from inventory.storing.states import AbcClass
from oms.core.clock import now


class StorageRule(models.Model):
    """Where goods of a location like to lie: those of one SKU, of a category, of a class, or all of them."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="storage_rules")
    sku = models.ForeignKey(
        Sku, on_delete=models.CASCADE, null=True, blank=True, related_name="storage_rules"
    )
    category = models.CharField(max_length=100, blank=True)
    abc = models.CharField(max_length=1, choices=AbcClass.choices, blank=True, verbose_name="class")
    zone = models.CharField(max_length=10, blank=True, help_text="Empty: any zone.")
    kind = models.CharField(
        max_length=10,
        choices=[each for each in BinKind.choices if each[0] in ("storage", "pick_face")],
        blank=True,
        help_text="Empty: picking faces and storage alike.",
    )
    rank = models.PositiveSmallIntegerField(
        default=10, help_text="Of two rules that fit alike, the lower number is asked first."
    )

    class Meta:
        ordering = ["location", "rank", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(zone="") | ~Q(kind=""), name="storagerule_prefers_something"
            ),
        ]

    def __str__(self) -> str:
        of = self.category or (f"class {self.abc}" if self.abc else "everything")
        return f"{self.sku_id or of} in {self.zone or self.kind}"


class SkuClass(models.Model):
    """How often an article was picked at a location, compared with the others there; written anew each time."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="sku_classes")
    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="classes")
    letter = models.CharField(max_length=1, choices=AbcClass.choices)
    picks = models.PositiveIntegerField(help_text="How often somebody went to fetch it.")
    units = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField(help_text="Over so many days before.")
    reckoned_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["location", "-picks", "sku"]
        constraints = [
            models.UniqueConstraint(fields=["location", "sku"], name="skuclass_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.letter}"


class CrossDock(models.Model):
    """Units that came while orders waited for them, and how many of them went straight to where orders leave."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="cross_docks")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    document = models.CharField(max_length=60)
    cause = models.CharField(
        max_length=120, unique=True, help_text="Key of the stock movement by which they came."
    )
    received = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField(help_text="Units that orders waited for at that moment.")
    quantity = models.PositiveIntegerField(help_text="Units that went there.")
    bin = models.ForeignKey(
        Bin, on_delete=models.PROTECT, null=True, blank=True, related_name="cross_docks"
    )
    is_refused = models.BooleanField(
        default=False, help_text="A person had all of them put away instead."
    )
    actor = models.CharField(max_length=150)
    at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = "cross-dock"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__lte=F("received")) & Q(quantity__lte=F("waiting")),
                name="crossdock_no_more_than_wait",
            ),
            models.CheckConstraint(
                condition=Q(quantity=0, bin=None) | Q(quantity__gt=0, bin__isnull=False),
                name="crossdock_lies_somewhere",
            ),
        ]
        indexes = [models.Index(fields=["document"], name="crossdock_document")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.received} for {self.waiting}"
