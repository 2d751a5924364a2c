from collections import Counter
from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def keep_past_lots(apps: Any, _editor: Any) -> None:
    """Write down for postings of the past which lots they used and brought, from the ledger of contents."""
    line_model = apps.get_model("inventory", "ProductionPostingLine")
    component = apps.get_model("inventory", "ProductionComponent")
    level = apps.get_model("inventory", "Level")
    bin_move = apps.get_model("inventory", "BinMove")
    posted_lot = apps.get_model("inventory", "PostedLot")
    lines = line_model.objects.exclude(sku__tracking="none").select_related("posting__order")
    for line in lines.iterator(chunk_size=500):
        order = line.posting.order
        causes = [f"production-line:{line.pk}"]
        if line.held:
            part = component.objects.get(order=order, sku_id=line.sku_id)
            place = level.objects.get(sku_id=line.sku_id, location_id=order.location_id)
            causes.append(f"production-held:{line.posting_id}:{part.pk}:{place.pk}")
        units: Counter[int] = Counter()
        rows = bin_move.objects.filter(cause__in=causes, lot__isnull=False)
        for lot_id, quantity in rows.values_list("lot_id", "quantity"):
            units[lot_id] += quantity
        posted_lot.objects.bulk_create(
            posted_lot(line_id=line.pk, lot_id=lot_id, quantity=quantity)
            for lot_id, quantity in units.items()
        )


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0019_made_for_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name="PostedLot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.PositiveIntegerField()),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="inventory.productionpostingline",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posted",
                        to="inventory.lot",
                    ),
                ),
            ],
            options={
                "verbose_name": "lot of a posting",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("line", "lot"), name="postedlot_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="postedlot_positive"
                    ),
                ],
            },
        ),
        migrations.RunPython(keep_past_lots, migrations.RunPython.noop, elidable=True),
    ]
