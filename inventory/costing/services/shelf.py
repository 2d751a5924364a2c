"""What of a SKU's books is written, taken off the tables for one fold and put back."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db.models import F, Q, Sum

from inventory.costing.models import Consumption, Correction, CostEntry, CostLayer
from inventory.costing.rules import Book, Layer, Line, Posting, Take
from oms.core import bulk, clock

_LayerState = tuple[int, Decimal | None, Decimal]
_PostingState = tuple[Decimal, int, int]


class Shelf:
    """A book filled with what is left of a SKU and with what may be corrected; `keep` writes what became of it.

    `changed` names the layers that changes are about, whose consumptions are needed; `lines` the order lines from which
    units come back. Reading costs what is left and what is corrected, however long the history is.
    """

    def __init__(
        self, book: Book, *, sku_id: int, changed: Collection[int], lines: Collection[int]
    ) -> None:
        self.book = book
        self._sku_id = sku_id
        self._entries: dict[int, CostEntry] = {}
        self._layers: dict[int, CostLayer] = {}
        self._read_layers(changed)
        self._read_owed()
        if lines:
            self._read_lines(lines)
        self._layers_before = {key: _of_layer(layer) for key, layer in book.layers.items()}
        self._postings_before = {
            key: _of_posting(posting) for key, posting in book.postings.items()
        }

    # Reading ------------------------------------------------------------------------------------------

    def _read_layers(self, changed: Collection[int]) -> None:
        wanted = Q(left__gt=0)
        if changed:
            wanted |= Q(movement_id__in=changed)
        found = CostLayer.objects.filter(wanted, sku_id=self._sku_id).select_related("entry")
        rows = list(found.order_by("movement_id"))
        for row in rows:
            self._layers[row.movement_id] = row
            self.book.layers[row.movement_id] = Layer(
                row.movement_id, row.units, row.left, row.value, row.held
            )
            if row.movement_id in changed:
                self._note(row.entry)
        if changed:
            self._read_takes([row.pk for row in rows if row.movement_id in changed])

    def _read_takes(self, layer_ids: Collection[int]) -> None:
        rows = Consumption.objects.filter(layer_id__in=layer_ids).select_related("entry", "layer")
        for row in rows.order_by("pk"):
            self._note(row.entry)
            self.book.takes.append(
                Take(
                    movement=row.entry.movement_id,
                    layer=row.layer.movement_id,
                    first=row.first,
                    units=row.units,
                    value=row.value,
                    # Once the layer is known, so is whatever left it before: it was corrected then.
                    is_known=row.layer.value is not None,
                    key=row.pk,
                )
            )

    def _read_owed(self) -> None:
        rows = CostEntry.objects.filter(sku_id=self._sku_id, short__gt=0)
        self.book.owed = [self._note(row) for row in rows.order_by("movement_id")]

    def _read_lines(self, lines: Collection[int]) -> None:
        rows = (
            CostEntry.objects.filter(sku_id=self._sku_id, line_id__in=set(lines))
            .order_by()
            .values_list("line_id", "incoming")
            .annotate(Sum("units"), Sum("cost"), untold=Sum(F("unknown") + F("short")))
        )
        self.book.lines = {line: Line() for line in lines}
        for key, incoming, units, total, untold in rows:
            line, cost = self.book.lines[key or 0], total.quantize(Decimal("0.0001"))
            if incoming:
                line.back, line.back_cost = units, cost
            else:
                line.out, line.cost = units, cost
            line.unknown += untold

    def _note(self, row: CostEntry) -> Posting:
        self._entries[row.movement_id] = row
        return self.book.postings.setdefault(
            row.movement_id,
            Posting(
                movement=row.movement_id,
                units=row.units,
                incoming=row.incoming,
                line=row.line_id,
                cost=row.cost,
                unknown=row.unknown,
                short=row.short,
            ),
        )

    # Writing ------------------------------------------------------------------------------------------

    def keep(self) -> list[int]:
        """Write the new rows, and what has changed of the others; a constant number of statements.

        Returns the movements whose cost had been written before and has changed.
        """
        corrected = self._keep_entries()
        self._keep_layers()
        taken = [take for take in self.book.takes if take.key is None]
        rows = [
            Consumption(
                entry_id=self._entries[take.movement].pk,
                layer_id=self._layers[take.layer].pk,
                first=take.first,
                units=take.units,
                value=take.value,
            )
            for take in taken
        ]
        bulk.insert(rows)
        for take, row in zip(taken, rows, strict=True):
            take.key = row.pk
        bulk.insert(
            [
                Correction(
                    consumption_id=each.take.key or 0,
                    change_id=each.change,
                    amount=each.amount,
                    at=clock.now(),
                )
                for each in self.book.corrections
            ]
        )
        return corrected

    def _keep_entries(self) -> list[int]:
        new, touched = [], []
        for key, posting in self.book.postings.items():
            row = self._entries.get(key)
            if row is None:
                row = CostEntry(
                    movement_id=key,
                    sku_id=self._sku_id,
                    incoming=posting.incoming,
                    units=posting.units,
                    line_id=posting.line,
                )
                self._entries[key] = row
                new.append(row)
            elif self._postings_before[key] != _of_posting(posting):
                touched.append(row)
            row.cost, row.unknown, row.short = _of_posting(posting)
        bulk.insert(new)
        _update(touched, ["cost", "unknown", "short"])
        return [row.movement_id for row in touched]

    def _keep_layers(self) -> None:
        new, touched = [], []
        for key, layer in self.book.layers.items():
            row = self._layers.get(key)
            if row is None:
                row = CostLayer(
                    entry_id=self._entries[key].pk,
                    sku_id=self._sku_id,
                    movement_id=key,
                    units=layer.units,
                )
                self._layers[key] = row
                new.append(row)
            elif self._layers_before[key] != _of_layer(layer):
                touched.append(row)
            row.left, row.value, row.held = _of_layer(layer)
        bulk.insert(new)
        _update(touched, ["left", "value", "held"])


def _of_layer(layer: Layer) -> _LayerState:
    return layer.left, layer.value, layer.held


def _of_posting(posting: Posting) -> _PostingState:
    return posting.cost, posting.unknown, posting.short


def _update(rows: Iterable[CostLayer] | Iterable[CostEntry], fields: list[str]) -> None:
    touched = list(rows)
    if touched:
        type(touched[0])._default_manager.bulk_update(touched, fields, batch_size=500)
