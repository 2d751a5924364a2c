"""Take one order of a file in, for good or as a preview."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from django.db import DataError, IntegrityError

from inventory.catalog import services as catalog
from inventory.catalog.errors import ArticleExists
from inventory.catalog.models import Sku
from inventory.catalog.services import NewSku
from inventory.locations.models import Location
from oms.core import clock, text
from oms.core.actors import Actor
from oms.core.errors import Busy, DomainError, Raced
from oms.core.jobs.models import JobRow
from oms.core.jobs.services import ClaimLost
from oms.core.transactions import retrying
from orders.channels.models import Channel
from orders.importing.rules import orders as rules
from orders.importing.rules.orders import Article, Assembled, RowProblem
from orders.placing import services as placing
from orders.placing.drafts import Draft
from orders.placing.errors import DraftInvalid
from orders.placing.queries import Offer
from orders.pricing import services as pricing

log = structlog.get_logger()

Outcome = JobRow.Outcome


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What came of one row. `reference` is the order's number, or its external id when there is none."""

    row: int
    outcome: str
    reference: str
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What came of the rows of one order; `outcome` is ok (placed), skipped (already there) or failed (refused)."""

    external_id: str
    outcome: str
    rows: tuple[RowOutcome, ...]
    backordered: int = 0
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    """An order that is there now, or would be; `notes` are per row of a line."""

    number: str
    is_new: bool
    notes: Mapping[int, str]
    backordered: int = 0
    holds: tuple[str, ...] = ()


Keep = Callable[[OrderOutcome], None]


class Taker(Protocol):
    """Takes one order in."""

    def take(self, assembled: Assembled, keep: Keep) -> OrderOutcome:
        """Take it, hand what came of it to `keep`, return it."""


class _Base:
    def __init__(self, *, channel: Channel, skip_bad_rows: bool, create_products: bool) -> None:
        self.channel = channel
        self.skip_bad_rows = skip_bad_rows
        self.create_products = create_products

    def take(self, assembled: Assembled, keep: Keep) -> OrderOutcome:
        """Try until the order is in, or nothing of it is left; `keep` runs in the transaction of the order.

        Raises Busy, when rivals hold what the order needs: that says nothing about the order.
        """
        while assembled.draft is not None:
            try:
                return self._act(assembled, assembled.draft, keep)
            except (Busy, ClaimLost):
                raise
            except DraftInvalid as error:
                problems, only_rows = rules.placing_problems(error.problems, assembled)
                if only_rows and self.skip_bad_rows:
                    assembled = assembled.without(problems)
                else:
                    assembled = assembled.refused(problems)
            except DomainError as error:
                assembled = assembled.refused(
                    [RowProblem(assembled.rows[0], "", error.code, error.detail)]
                )
            except (DataError, IntegrityError) as error:
                log.exception("import_order_not_stored", external_id=assembled.external_id)
                message = f"The database refuses it: {type(error).__name__}."
                assembled = assembled.refused(
                    [RowProblem(assembled.rows[0], "", "not_stored", message)]
                )
        outcome = _refusal(assembled)
        self._keep_alone(outcome, keep)
        return outcome

    def _act(self, assembled: Assembled, draft: Draft, keep: Keep) -> OrderOutcome:
        raise NotImplementedError

    def _keep_alone(self, outcome: OrderOutcome, keep: Keep) -> None:
        raise NotImplementedError

    def _creatable(
        self, error: DraftInvalid, draft: Draft, assembled: Assembled
    ) -> dict[str, Article]:
        """Return the articles that are missing, when all that is wrong is that they are."""
        if not self.create_products or any(p.code != "unknown_sku" for p in error.problems):
            return {}
        codes = [draft.lines[int(problem.pointer.split("/")[2])].sku for problem in error.problems]
        return {code: assembled.articles[code] for code in codes}


class Placer(_Base):
    """Places orders."""

    def __init__(
        self, *, channel: Channel, actor: Actor, skip_bad_rows: bool, create_products: bool
    ) -> None:
        super().__init__(
            channel=channel, skip_bad_rows=skip_bad_rows, create_products=create_products
        )
        self.actor = actor

    def _act(self, assembled: Assembled, draft: Draft, keep: Keep) -> OrderOutcome:
        def effect() -> OrderOutcome:
            outcome = _success(assembled, self._place(assembled, draft))
            keep(outcome)
            return outcome

        return retrying(effect)

    def _keep_alone(self, outcome: OrderOutcome, keep: Keep) -> None:
        retrying(lambda: keep(outcome))

    def _place(self, assembled: Assembled, draft: Draft) -> _Done:
        try:
            placed = placing.place(channel=self.channel, draft=draft, actor=self.actor)
        except DraftInvalid as error:
            missing = self._creatable(error, draft, assembled)
            if not missing or not self._create(missing, draft):
                raise
            placed = placing.place(channel=self.channel, draft=draft, actor=self.actor)
        if not placed.created:
            return _Done(placed.order.number, is_new=False, notes={})
        waiting: defaultdict[int, list[str]] = defaultdict(list)
        for line, source in zip(placed.lines, placed.sources, strict=True):
            if line.backordered:
                of = f" of {line.sku_code}" if line.kit_id else ""
                waiting[assembled.line_rows[source]].append(
                    f"{line.backordered} of {line.ordered} units{of} wait for stock."
                )
        notes = {row: " ".join(words) for row, words in waiting.items()}
        if placed.order.on_hold:
            first = assembled.line_rows[0]
            notes[first] = f"The order is on hold. {notes.get(first, '')}".strip()
        return _Done(
            placed.order.number,
            is_new=True,
            notes=notes,
            backordered=sum(line.backordered for line in placed.lines),
            holds=("on hold",) if placed.order.on_hold else (),
        )

    def _create(self, missing: Mapping[str, Article], draft: Draft) -> bool:
        """Make the articles; they go again when the order is refused. Says no when a code is taken or switched off.

        Raises Raced when a rival made one in the meantime: the order is tried again, and finds it.
        """
        known = Sku.objects.filter(code__in=missing)
        states = [all(row) for row in known.values_list("is_active", "product__is_active")]
        if any(states):
            raise Raced
        if states:
            return False
        day = (draft.placed_at or clock.now()).date()
        for code, article in missing.items():
            try:
                product = catalog.create_product(
                    name=article.name,
                    category=article.category,
                    skus=[NewSku(code=code, name=article.name)],
                    actor=self.actor,
                )
            except ArticleExists as error:
                raise Raced from error
            if self.channel.price_list is not None and article.unit_price is not None:
                pricing.set_price(
                    price_list=self.channel.price_list,
                    sku_id=product.skus.get().pk,
                    amount=article.unit_price,
                    valid_from=day,
                    actor=self.actor,
                )
        return True


class Previewer(_Base):
    """Says what placing would do, order after order, and stores nothing."""

    def __init__(self, *, channel: Channel, skip_bad_rows: bool, create_products: bool) -> None:
        super().__init__(
            channel=channel, skip_bad_rows=skip_bad_rows, create_products=create_products
        )
        self._taken: Counter[tuple[int, int]] = Counter()
        self._assumed: dict[str, Offer] = {}
        self._codes = dict(Location.objects.values_list("pk", "code"))

    def _act(self, assembled: Assembled, draft: Draft, keep: Keep) -> OrderOutcome:
        try:
            seen = placing.preview(
                channel=self.channel, draft=draft, taken=self._taken, assumed=self._assumed
            )
        except DraftInvalid as error:
            missing = self._creatable(error, draft, assembled)
            if not missing or Sku.objects.filter(code__in=missing).exists():
                raise
            trial = {**self._assumed, **self._offers(missing)}
            seen = placing.preview(
                channel=self.channel, draft=draft, taken=self._taken, assumed=trial
            )
            self._assumed = trial
        for take in seen.takes:
            self._taken[take.sku_id, take.location_id] += take.quantity
        outcome = _success(assembled, self._said(assembled, draft, seen))
        keep(outcome)
        return outcome

    def _keep_alone(self, outcome: OrderOutcome, keep: Keep) -> None:
        keep(outcome)

    def _offers(self, missing: Mapping[str, Article]) -> dict[str, Offer]:
        """Return what the articles would be, were they created."""
        return {
            code: Offer(
                sku_id=-len(self._assumed) - index,
                code=code,
                name=article.name,
                tax_class="standard",
                list_price=article.unit_price if self.channel.price_list_id else None,
                rates=(),
            )
            for index, (code, article) in enumerate(missing.items(), start=1)
        }

    def _said(self, assembled: Assembled, draft: Draft, seen: placing.Preview) -> _Done:
        if seen.known:
            return _Done(seen.known, is_new=False, notes={})
        notes = {}
        for index, (row, line) in enumerate(zip(assembled.line_rows, draft.lines, strict=True)):
            parts = []
            for place, own in enumerate(seen.lines):
                if seen.sources[place] != index:
                    continue
                of = f" {own.sku_code}" if own.kit is not None else ""
                parts += [
                    f"{take.quantity}{of} from {self._codes[take.location_id]}"
                    for take in seen.takes
                    if take.line == place
                ]
                if own.backordered:
                    parts.append(f"{own.backordered}{of} would wait for stock")
            if line.sku in self._assumed:
                parts.append("the article would be created")
            notes[row] = ", ".join(parts) + "."
        first = assembled.line_rows[0]
        held = f" Held for {', '.join(seen.holds)}." if seen.holds else ""
        notes[first] += f" Total {seen.total} {self.channel.currency}.{held}"
        return _Done("", True, notes, sum(seen.backordered.values()), tuple(seen.holds))


def _success(assembled: Assembled, done: _Done) -> OrderOutcome:
    reference = done.number or assembled.external_id
    first = _first_problems(assembled)
    kind = Outcome.OK if done.is_new else Outcome.SKIPPED
    rows = tuple(
        _failed(first[row], assembled)
        if row in first
        else RowOutcome(
            row,
            kind.value,
            reference,
            "" if done.is_new else "already_imported",
            done.notes.get(row, "") if done.is_new else "Already imported; nothing was changed.",
        )
        for row in assembled.rows
    )
    return OrderOutcome(assembled.external_id, kind.value, rows, done.backordered, done.holds)


def _refusal(assembled: Assembled) -> OrderOutcome:
    first = _first_problems(assembled)
    named = next(iter(first.values()))
    rows = tuple(
        _failed(
            first.get(row)
            or replace(
                named,
                row=row,
                column="",
                code="order_refused",
                message=f"Its order was refused: row {named.row}, {_located(named)}",
            ),
            assembled,
        )
        for row in assembled.rows
    )
    return OrderOutcome(assembled.external_id, Outcome.FAILED.value, rows)


def _first_problems(assembled: Assembled) -> dict[int, RowProblem]:
    """Return what is wrong with each bad row; several causes are put into one."""
    by_row: dict[int, RowProblem] = {}
    for problem in assembled.problems:
        known = by_row.get(problem.row)
        by_row[problem.row] = (
            replace(known, message=f"{known.message} {_located(problem)}") if known else problem
        )
    return by_row


def _failed(problem: RowProblem, assembled: Assembled) -> RowOutcome:
    reference = text.shortened(assembled.external_id, 120)
    return RowOutcome(
        problem.row, Outcome.FAILED.value, reference, problem.code, _located(problem)[:500]
    )


def _located(problem: RowProblem) -> str:
    return f"{problem.column}: {problem.message}" if problem.column else problem.message


def keep_nothing(_: OrderOutcome) -> None:
    """Keep no report."""


def to_rows(outcomes: Sequence[OrderOutcome]) -> list[JobRow]:
    """Return the report of some orders as rows of a job, not saved."""
    return [
        JobRow(
            position=row.row,
            outcome=row.outcome,
            reference=row.reference[:200],
            code=row.code[:60],
            message=row.message[:500],
        )
        for outcome in outcomes
        for row in outcome.rows
    ]
