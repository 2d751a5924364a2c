"""The customer table."""

from django.db import models
from django.db.models import Q

from oms.core.clock import now
from oms.core.ids import uuid7


class CustomerKind(models.TextChoices):
    """Person or company."""

    PERSON = "person", "person"
    COMPANY = "company", "company"


class Priority(models.IntegerChoices):
    """Who is served before whom when goods come: the lower class."""

    FIRST = 1, "first"
    NORMAL = 2, "normal"
    LAST = 3, "last"


class CustomerGroup(models.Model):
    """Customers who are treated alike."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices,
        null=True,
        blank=True,
        verbose_name="served",
        help_text="When goods come; empty: as the channel of the order says.",
    )

    class Meta:
        verbose_name = "customer group"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A person or a company."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    kind = models.CharField(
        max_length=10, choices=CustomerKind.choices, default=CustomerKind.PERSON
    )
    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True, help_text="Normalised.")
    phone = models.CharField(max_length=20, blank=True, help_text="E.164.")
    language = models.CharField(max_length=10, default="en")
    tax_number = models.CharField(max_length=40, blank=True)
    pays_on_terms = models.BooleanField(
        default=False, help_text="Orders are released before they are paid."
    )
    minimum_life_days = models.PositiveSmallIntegerField(
        default=0,
        verbose_name="minimum remaining life (days)",
        help_text="Goods that expire have to last so long from the day on which they ship.",
    )
    group = models.ForeignKey(
        CustomerGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="customers"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=~Q(email=""), name="customer_email_unique"
            ),
        ]
        indexes = [models.Index(fields=["phone"], name="customer_phone")]

    def __str__(self) -> str:
        return self.company or self.name
