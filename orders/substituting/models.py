"""Tables of substitutes, rules and substitutions."""

from django.db import models
from django.db.models import F, Q

from inventory.catalog.models import Sku
from oms.core.clock import now
from oms.core.fields import MoneyField
from oms.core.ids import uuid7
from orders.channels.models import Channel
from orders.ordering.models import Order, OrderLine
from orders.substituting.states import Mode, PriceRule, SubstitutionStatus


class Substitute(models.Model):
    """What may be sent instead of a SKU: `units` of another for each unit, the lowest rank first."""

    sku = models.ForeignKey(
        Sku, on_delete=models.PROTECT, related_name="+", verbose_name="SKU", db_index=False
    )
    other = models.ForeignKey(
        Sku, on_delete=models.PROTECT, related_name="+", verbose_name="substitute"
    )
    rank = models.PositiveSmallIntegerField(default=1)
    units = models.PositiveIntegerField(default=1, help_text="Of the substitute, for one unit.")
    price_rule = models.CharField(max_length=10, choices=PriceRule.choices, default=PriceRule.LOWER)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["sku", "rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "other"], name="substitute_unique"),
            models.CheckConstraint(condition=~Q(sku=F("other")), name="substitute_is_another"),
            models.CheckConstraint(condition=Q(units__gt=0), name="substitute_units_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.units} x {self.other_id} for {self.sku_id}"


class SubstitutionRule(models.Model):
    """Who decides: for a SKU in a channel, for a SKU anywhere, or for a channel; the first of these that is there."""

    sku = models.ForeignKey(
        Sku, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="SKU"
    )
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mode = models.CharField(max_length=10, choices=Mode.choices)

    class Meta:
        verbose_name = "substitution rule"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "channel"],
                condition=Q(sku__isnull=False, channel__isnull=False),
                name="substitutionrule_unique",
            ),
            models.UniqueConstraint(
                fields=["sku"], condition=Q(channel__isnull=True), name="substitutionrule_sku"
            ),
            models.UniqueConstraint(
                fields=["channel"], condition=Q(sku__isnull=True), name="substitutionrule_channel"
            ),
            models.CheckConstraint(
                condition=Q(sku__isnull=False) | Q(channel__isnull=False),
                name="substitutionrule_of_something",
            ),
        ]

    def __str__(self) -> str:
        return self.get_mode_display()


class Substitution(models.Model):
    """`units` of a line replaced, or offered to be, by units of another SKU. Amounts are in the order's currency.

    `cost_before` is what the units were sold for, `cost_after` what the substitute costs, each with tax.
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="substitutions")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="substitutions")
    new_line = models.OneToOneField(
        OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="substitution"
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField()
    substitute_units = models.PositiveIntegerField()
    price_rule = models.CharField(max_length=10, choices=PriceRule.choices)
    cost_before = MoneyField()
    cost_after = MoneyField()
    status = models.CharField(max_length=10, choices=SubstitutionStatus.choices)
    ends_on = models.DateField(
        null=True, blank=True, help_text="The last day on which an offer can be answered."
    )
    consented = models.BooleanField(default=False, help_text="Somebody agreed to the price.")
    decided_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(status="offered"), name="substitution_one_offer"
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", new_line__isnull=False)
                | (~Q(status="accepted") & Q(new_line__isnull=True)),
                name="substitution_has_its_line",
            ),
            models.CheckConstraint(
                condition=Q(units__gt=0, substitute_units__gt=0),
                name="substitution_units_positive",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted")
                | Q(consented=True)
                | Q(cost_after__lte=F("cost_before")),
                name="substitution_not_dearer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.substitute_units} x {self.sku_id} for {self.units} of line {self.line_id}"
