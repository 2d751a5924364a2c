"""What a channel sees of the stock, and how long it holds carts: on the channel's page."""

from django import forms
from django.contrib import admin

from oms.core.admin.rows import RowsInline
from orders.channels import admin as channels
from orders.channels.models import Channel, ChannelBackorder, ChannelBuffer, ReservationTime
from orders.payments import gateways


class BufferInline(RowsInline):
    """SKUs of which the channel sees fewer, or more, than its default says."""

    model = ChannelBuffer
    autocomplete_fields = ("sku",)
    verbose_name_plural = "Buffers by SKU"


class BackorderInline(RowsInline):
    """SKUs that wait, or do not, whatever the channel's rule."""

    model = ChannelBackorder
    autocomplete_fields = ("sku",)
    verbose_name_plural = "When stock of a SKU is short"


class ReservationTimeForm(forms.ModelForm):
    """Names a payment method that there is."""

    payment_method = forms.ChoiceField()

    class Meta:
        model = ReservationTime
        fields = ("payment_method", "minutes")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever a form takes
        field = self.fields["payment_method"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(code, code) for code in gateways.codes()]


class ReservationTimeInline(RowsInline):
    """How long carts are held that are paid by one method."""

    model = ReservationTime
    form = ReservationTimeForm
    verbose_name_plural = "Minutes by payment method"


@admin.register(Channel)
class ChannelAdmin(channels.ChannelAdmin):
    """Doors through which orders come, with what each sees and holds."""

    inlines = (BackorderInline, BufferInline, ReservationTimeInline)
    fieldsets = (
        *channels.ChannelAdmin.fieldsets,
        ("Stock", {"fields": (("default_buffer", "cart_minutes"),)}),
    )
