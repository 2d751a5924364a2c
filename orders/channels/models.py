"""Channel tables."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from customers.profiles.models import Priority
from inventory.catalog.models import Sku
from oms.accounts.models import ApiClient
from oms.core.fields import MoneyField
from oms.core.ids import uuid7
from orders.pricing.models import PriceList

# The longest that units are held for somebody who may never order: thirty days.
MOST_MINUTES = 43_200
_MINUTES = (MinValueValidator(1), MaxValueValidator(MOST_MINUTES))


class Origin(models.TextChoices):
    """Kind of door."""

    WEB = "web", "web shop"
    PHONE = "phone", "phone"
    TILL = "till", "till"
    MARKETPLACE = "marketplace", "marketplace"
    WHOLESALE = "wholesale", "wholesale"


class AddressStrictness(models.TextChoices):
    """What happens to an order whose address breaks the rules of its country."""

    STRICT = "strict", "refuse the order"
    LENIENT = "lenient", "keep it on a hold"


class BackorderPolicy(models.TextChoices):
    """What happens to units that are not in stock."""

    DENY = "deny", "refuse the order"
    ALLOW = "allow", "let them wait"
    INCOMING = "incoming", "let them wait, up to what is on its way and promised to nobody"


class Channel(models.Model):
    """A door through which orders come."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.WEB)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=10, default="en")
    number_prefix = models.CharField(
        max_length=4, validators=[RegexValidator(r"^[A-Z][A-Z0-9]{0,3}$")]
    )
    price_list = models.ForeignKey(
        PriceList, null=True, blank=True, on_delete=models.PROTECT, related_name="channels"
    )
    prices_include_tax = models.BooleanField(default=True)
    backorder_policy = models.CharField(
        max_length=8,
        choices=BackorderPolicy.choices,
        default=BackorderPolicy.DENY,
        verbose_name="when stock is short",
        help_text="Of SKUs for which the channel has no rule of its own.",
    )
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices,
        default=Priority.NORMAL,
        verbose_name="served",
        help_text="When goods come that several orders wait for; staff may change it for an order.",
    )
    backorder_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        verbose_name="days that units wait",
        help_text="What is not in stock by then is cancelled by itself; empty: it waits for ever.",
    )
    promise_tolerance_days = models.PositiveSmallIntegerField(
        default=3,
        verbose_name="days that are not worth a mail",
        help_text="A promised day that moves by no more than that is not told to the customer.",
    )
    offer_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        verbose_name="days to answer an offer",
        help_text="A substitute that nobody answers about is offered no longer; empty: it stays offered.",
    )
    address_strictness = models.CharField(
        max_length=10, choices=AddressStrictness.choices, default=AddressStrictness.STRICT
    )
    release_unpaid = models.BooleanField(
        default=False, help_text="Work starts before the order is paid."
    )
    shipping_fee = MoneyField(default=0, help_text="When the channel sends no shipping charge.")
    cart_minutes = models.PositiveIntegerField(
        default=30,
        validators=_MINUTES,
        verbose_name="minutes for a cart",
        help_text="How long units are held when the shop names neither minutes nor a payment method.",
    )
    default_buffer = models.PositiveIntegerField(
        default=0,
        help_text="Units of every SKU that this channel does not see, so that other channels can sell them.",
    )
    minimum_life_days = models.PositiveSmallIntegerField(
        default=0,
        verbose_name="minimum remaining life (days)",
        help_text="Goods that expire have to last so long from the day on which they ship.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ChannelGrant(models.Model):
    """The right of an API client to serve a channel."""

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="grants")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "channel"], name="channel_grant_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.client} serves {self.channel}"


class ChannelBuffer(models.Model):
    """Units of a SKU, over all locations, that a channel does not see; instead of the channel's default."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="buffers")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", verbose_name="SKU")
    units = models.PositiveIntegerField()

    class Meta:
        verbose_name = "buffer"
        ordering = ["sku__code"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "sku"], name="channel_buffer_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.units} units"


class ChannelBackorder(models.Model):
    """What happens to units of a SKU that are not in stock; instead of the channel's rule."""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="backorder_policies"
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="+", verbose_name="SKU")
    policy = models.CharField(max_length=8, choices=BackorderPolicy.choices)

    class Meta:
        verbose_name = "rule when stock is short"
        ordering = ["sku__code"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "sku"], name="channel_backorder_unique"),
        ]

    def __str__(self) -> str:
        return self.get_policy_display()


class ReservationTime(models.Model):
    """How long a channel's carts are held that are paid by one method; instead of the minutes for a cart."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="reservation_times")
    payment_method = models.CharField(max_length=30)
    minutes = models.PositiveIntegerField(validators=_MINUTES)

    class Meta:
        verbose_name = "time by payment method"
        ordering = ["payment_method"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "payment_method"], name="reservation_time_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_method}: {self.minutes} min"
