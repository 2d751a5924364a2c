"""What the acts on an order ask for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from customers.profiles.models import Priority
from oms.core import money
from oms.core.admin.buttons import ButtonForm, ReasonForm
from orders.making import queries as making
from orders.ordering import queries as ordering
from orders.ordering.models import Order, OrderLine
from orders.payments import gateways
from orders.substituting import queries as substitutes
from orders.substituting.models import Substitute
from returns.authorizations import queries as returns
from returns.authorizations.rules import Wish
from returns.authorizations.states import ReturnReason

OPEN_COUNTERS = ("unallocated", "backordered", "allocated", "picked", "packed")


KitParts = Mapping[str, Sequence[tuple[int, int]]]


def offer_kits(form: forms.Form, lines: Sequence[OrderLine], left: Mapping[int, int]) -> KitParts:
    """Add a field for each kit of which whole ones are left; return by field its lines, each with its units per kit."""
    found: dict[str, list[tuple[int, int]]] = {}
    for kit, parts in ordering.grouped(lines, ordering.kits_of(lines)):
        if kit is None:
            continue
        each = [(part.pk, part.units_per_kit or 1) for part in parts]
        whole = min(left[line_id] // units for line_id, units in each)
        if whole:
            name = f"kit_{kit.pk}"
            found[name] = each
            form.fields[name] = forms.IntegerField(
                min_value=0,
                max_value=whole,
                required=False,
                label=f"Whole kits {kit.sku_code} · {kit.name}",
                help_text=f"Up to {whole}: all parts of each. Units of parts below come on top.",
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
    return found


def entered(data: Mapping[str, Any], kits: KitParts) -> dict[int, int]:
    """Return the units by line that were entered, those of whole kits among them."""
    units = {
        int(name.removeprefix("line_")): value
        for name, value in data.items()
        if name.startswith("line_") and value
    }
    for name, parts in kits.items():
        for line_id, each in parts if data.get(name) else ():
            units[line_id] = units.get(line_id, 0) + data[name] * each
    return units


class CancelForm(ReasonForm):
    """Which units, and why. Nothing entered means everything that has not shipped."""

    def prepare(self) -> None:
        """Offer each line that has something left to cancel."""
        lines = list(OrderLine.objects.filter(order_id=self.target.pk).order_by("position"))
        open_units = {
            line.pk: sum(getattr(line, counter) for counter in OPEN_COUNTERS) for line in lines
        }
        self.kit_parts = offer_kits(self, lines, open_units)
        for line in lines:
            left = open_units[line.pk]
            if left:
                self.fields[f"line_{line.pk}"] = forms.IntegerField(
                    min_value=0,
                    max_value=left,
                    required=False,
                    label=f"{line.sku_code} · {line.name}",
                    help_text=f"Up to {left}.",
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def clean(self) -> dict[str, Any]:
        """Gather the units by line; None for everything."""
        data: dict[str, Any] = super().clean() or {}
        data["units"] = entered(data, self.kit_parts) or None
        return data


class PriorityForm(ReasonForm):
    """Before whom the order is served, and why."""

    priority = forms.TypedChoiceField(
        choices=Priority.choices,
        coerce=lambda value: Priority(int(value)),
        label="Served",
        widget=forms.RadioSelect,
    )
    field_order = ("priority", "reason")

    def prepare(self) -> None:
        """Begin with the present class."""
        self.fields["priority"].initial = getattr(self.target, "priority", Priority.NORMAL)


class WaitForm(ReasonForm):
    """Until when units wait, and why."""

    until = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: they wait for ever.",
    )
    field_order = ("until", "reason")


class ReturnForm(ButtonForm):
    """Which shipped units may come back, and why."""

    reason = forms.ChoiceField(choices=ReturnReason.choices)
    note = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def prepare(self) -> None:
        """Offer each line of which something can come back."""
        counted = returns.counted(self.target.pk)
        self.kit_parts = offer_kits(
            self, list(counted), {line.pk: each.returnable for line, each in counted.items()}
        )
        for line, counters in counted.items():
            left = counters.returnable
            if left > 0:
                self.fields[f"line_{line.pk}"] = forms.IntegerField(
                    min_value=0,
                    max_value=left,
                    required=False,
                    label=f"{line.sku_code} · {line.name}",
                    help_text=f"Up to {left}.",
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
        named = ("reason", "note")
        self.order_fields([*(name for name in self.fields if name not in named), *named])

    def clean(self) -> dict[str, Any]:
        """Gather the units; at least one."""
        data: dict[str, Any] = super().clean() or {}
        data["wishes"] = [
            Wish(line_id, units, data.get("reason", ""))
            for line_id, units in entered(data, self.kit_parts).items()
        ]
        if not data["wishes"] and not self.errors:
            raise forms.ValidationError("Say how many units of which line.")
        return data


class AmountField(forms.DecimalField):
    """An amount of money, checked against the digits of the order's currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=18, decimal_places=4, min_value=Decimal("0.0001"), localize=False, **kwargs
        )


class MoneyForm(ButtonForm):
    """Base of forms with an amount in the currency of the order."""

    amount = AmountField()

    def prepare(self) -> None:
        """Name the currency and begin with the likeliest amount."""
        order = self.order
        self.fields["amount"].label = f"Amount ({order.currency})"
        likely = self.likely(order)
        if likely > 0:
            self.fields["amount"].initial = money.quantize(likely, order.currency)

    @property
    def order(self) -> Order:
        """The order that is acted on."""
        if not isinstance(self.target, Order):
            raise TypeError("This form belongs to orders.")
        return self.target

    def likely(self, order: Order) -> Decimal:
        """Return the amount to begin with."""
        return Decimal(0)

    def clean_amount(self) -> Decimal:
        """Refuse more decimals than the currency has."""
        amount = Decimal(self.cleaned_data["amount"])
        if not money.is_quantized(amount, self.order.currency):
            digits = money.digits(self.order.currency)
            raise forms.ValidationError(f"{self.order.currency} has {digits} decimal places.")
        return amount


class PaymentForm(MoneyForm):
    """Money that has arrived."""

    gateway = forms.ChoiceField(label="How it came")
    reference = forms.CharField(
        max_length=128,
        label="Reference",
        help_text="Number on the statement or the receipt: the same one is never counted twice.",
    )

    def prepare(self) -> None:
        """Offer the ways in which money arrives by itself."""
        super().prepare()
        field = self.fields["gateway"]
        if isinstance(field, forms.ChoiceField):
            field.choices = arriving()
            if self.order.payment_method in dict(arriving()):
                field.initial = self.order.payment_method

    def likely(self, order: Order) -> Decimal:
        """Begin with what is still owed."""
        return order.total - order.credited_total - order.captured_total + order.refunded_total


class RefundForm(MoneyForm):
    """Money to give back."""

    reason = forms.CharField(
        max_length=200,
        help_text="It is kept with the payment. What the customer owes is not changed by this.",
    )

    def likely(self, order: Order) -> Decimal:
        """Begin with what was taken too much."""
        return order.captured_total - order.refunded_total - order.total + order.credited_total


def arriving() -> list[tuple[str, str]]:
    """Return the gateways whose money arrives by itself and is recorded by a person."""
    return [
        (code, gateways.get(code).label)
        for code in gateways.codes()
        if not gateways.get(code).online and code != "channel"
    ]


def methods() -> list[tuple[str, str]]:
    """Return the ways to pay that can be chosen while an order is taken by phone."""
    return [(code, gateways.get(code).label) for code in gateways.codes() if code != "channel"]


class SubstituteForm(ButtonForm):
    """Which line gets which substitute, and whether the customer has agreed or is asked."""

    choice = forms.ChoiceField(label="Replace")
    units = forms.IntegerField(
        min_value=1, required=False, help_text="Of the ordered article; not needed to ask."
    )
    how = forms.ChoiceField(
        choices=[
            ("now", "replace now, if it costs no more"),
            ("agreed", "replace now: the customer has agreed, also to a higher price"),
            ("ask", "ask the customer by mail"),
        ],
        label="How",
    )

    def prepare(self) -> None:
        """Offer each line that waits with each of its substitutes."""
        lines = list(
            OrderLine.objects.filter(order_id=self.target.pk, backordered__gt=0).order_by(
                "position"
            )
        )
        choices = [
            (f"{line.pk}:{each.other_id}", _said(line, each))
            for each in substitutes.candidates({line.sku_id for line in lines})
            for line in lines
            if line.sku_id == each.sku_id
        ]
        field = self.fields["choice"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
            if not choices:
                field.help_text = (
                    "Nothing is named as a substitute of what waits. Name it under Substitutes."
                )
        if lines:
            self.fields["units"].initial = lines[0].backordered

    def clean(self) -> dict[str, Any]:
        """Take the choice apart; ask for the units when something is to be replaced now."""
        data: dict[str, Any] = super().clean() or {}
        if "choice" in data:
            line_id, _, sku_id = data["choice"].partition(":")
            data["choice"] = (int(line_id), int(sku_id))
        if data.get("how") != "ask" and not data.get("units"):
            self.add_error("units", "How many?")
        return data


def _said(line: OrderLine, choice: Substitute) -> str:
    by = f"{choice.units} × {choice.other.code}"
    return f"{line.sku_code} ({line.backordered} wait) by {by} · {choice.get_price_rule_display()}"


class MakeForm(ButtonForm):
    """Of which line that waits units are made, where, and how many."""

    line = forms.TypedChoiceField(coerce=int, label="Line")
    location = forms.ChoiceField(label="Make it at")
    quantity = forms.IntegerField(
        min_value=1,
        required=False,
        label="Units",
        help_text="Empty: all that the line waits for and nobody makes yet.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def prepare(self) -> None:
        """Offer the lines that wait, and the places from which orders are shipped."""
        waiting = OrderLine.objects.filter(order=self.target.pk, backordered__gt=0)
        rows = list(waiting.order_by("position"))
        made = making.made_for([row.pk for row in rows])
        field = self.fields["line"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (row.pk, f"{row.sku_code}: {making.to_make(row, made.get(row.pk, ()))} to be made")
                for row in rows
            ]
        field = self.fields["location"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(place.code, place.name) for place in making.places()]
