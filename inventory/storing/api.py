"""The API of bins: which there are, what lies where, moves between them, and where goods should be put."""

import hashlib
from datetime import date, datetime
from typing import Annotated, Literal, Self, TypeVar

from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.bins import queries as bins
from inventory.bins.models import Bin
from inventory.catalog import queries as catalog
from inventory.locations.models import Location
from inventory.stock.errors import UnknownPlace, UnknownSkus
from inventory.stock.models import BinMove, Content
from inventory.stock.states import BinMoveKind, Condition
from inventory.storing import queries, services
from inventory.storing.services import Wanted
from oms.core.api import idempotency, openapi, pagination, parsing, schemas
from oms.core.api.schemas import Answer, Command, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem, Invalid

LocationCode = Annotated[str, Text(20)]
BinCode = Annotated[str, Text(40)]
ConditionName = Literal["good", "damaged", "quality_control"]


class AskedBins(Command):
    """Bins of a location, of one zone if it is named."""

    location: LocationCode
    zone: Annotated[str, Text(10)] | None = None


class AskedContents(Command):
    """What lies at a location, in one bin or of one SKU."""

    location: LocationCode
    bin: BinCode | None = None
    sku: schemas.SkuCode | None = None


class AskedProposals(Command):
    """Units of a SKU that want a place."""

    location: LocationCode
    sku: schemas.SkuCode
    quantity: Annotated[str, Text(9)]
    condition: ConditionName = "good"


class BinOut(Answer):
    """A bin; limits are null where there are none."""

    code: str
    barcode: str
    kind: str
    zone: str
    aisle: str
    rack: str
    level: str
    position: str
    walk_order: int
    max_weight_g: int | None
    max_volume_ml: int | None
    one_sku: bool
    one_lot: bool
    is_active: bool

    @classmethod
    def of(cls, each: Bin) -> Self:
        """Describe a bin."""
        return cls(
            code=each.code,
            barcode=each.barcode,
            kind=each.kind,
            zone=each.zone,
            aisle=each.aisle,
            rack=each.rack,
            level=each.tier,
            position=each.slot,
            walk_order=each.walk_order,
            max_weight_g=each.max_weight_g,
            max_volume_ml=each.max_volume_ml,
            one_sku=each.one_sku,
            one_lot=each.one_lot,
            is_active=each.is_active,
        )


class BinsPage(Answer):
    """Bins, the latest made first. `next` is the cursor of the next page, null on the last."""

    results: list[BinOut]
    next: str | None
    limit: int


class ContentOut(Answer):
    """Units of a SKU in a bin."""

    bin: str
    kind: str
    sku: str
    lot: str | None
    expires_on: date | None
    condition: str
    quantity: int
    since: datetime


class ContentsPage(Answer):
    """What lies in bins. `next` is the cursor of the next page, null on the last."""

    results: list[ContentOut]
    next: str | None
    limit: int


class BinMoveOut(Answer):
    """Units that went from bin to bin; `source` or `target` is null for what came to or left the location."""

    at: datetime
    kind: str
    sku: str
    lot: str | None
    source: str | None
    target: str | None
    condition: str
    became: str
    quantity: int
    document: str
    actor: str
    reason: str


class BinMovesPage(Answer):
    """Moves, newest first. `next` is the cursor of the next page, null on the last."""

    results: list[BinMoveOut]
    next: str | None
    limit: int


class MoveUnits(Command):
    """Units of a SKU to be carried; bins are named by code or barcode. `put_away`: from a dock to a shelf."""

    location: LocationCode
    sku: schemas.SkuCode
    quantity: schemas.Quantity
    source: BinCode
    target: BinCode
    condition: ConditionName = "good"
    kind: Literal["move", "put_away"] = "move"
    reason: Annotated[str, Text(200, blank=True)] = ""


class MovedOut(Answer):
    """What was carried, by lot."""

    moves: list[BinMoveOut]


class ProposalOut(Answer):
    """Units that should go into a bin, and why there."""

    bin: str
    quantity: int
    why: str


class PassedOverOut(Answer):
    """A better bin that takes none of it, and why."""

    bin: str
    why: str


class AdviceOut(Answer):
    """Where units should be put; `left` find no place."""

    proposals: list[ProposalOut]
    passed_over: list[PassedOverOut]
    left: int


AskedT = TypeVar("AskedT", bound=Command)


def _query(*names: str, required: tuple[str, ...] = ("location",)) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, str, OpenApiParameter.QUERY, required=name in required)
        for name in names
    ]


_PAGING = _query(*pagination.PARAMETERS)


class BinsView(ApiView):
    """Bins."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="bins_list",
        parameters=[*_query("location", "zone"), *_PAGING],
        responses=BinsPage,
    )
    def get(self, request: Request) -> Response:
        """Return the bins of a location."""
        asked = _asked(AskedBins, request, paged=True)
        rows = Bin.objects.filter(location=_location(self, asked.location)).order_by()
        if asked.zone is not None:
            rows = rows.filter(zone=asked.zone)
        cut = _cut(request)
        found, following = pagination.page(rows, cut)
        return Response(
            BinsPage.made(
                results=[BinOut.of(each) for each in found], next=following, limit=cut.limit
            )
        )


class ContentsView(ApiView):
    """What lies where."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="bin_contents_list",
        parameters=[*_query("location", "bin", "sku"), *_PAGING],
        responses=ContentsPage,
    )
    def get(self, request: Request) -> Response:
        """Return what lies in the bins of a location, in one of them, or of one SKU."""
        asked = _asked(AskedContents, request, paged=True)
        location = _location(self, asked.location)
        rows = queries.contents(location_ids=frozenset({location.pk})).order_by()
        if asked.bin is not None:
            rows = rows.filter(bin=bins.named(location.pk, asked.bin))
        if asked.sku is not None:
            rows = rows.filter(level__sku_id=_sku(asked.sku))
        cut = _cut(request)
        found, following = pagination.page(rows, cut)
        return Response(
            ContentsPage.made(
                results=[_content(each) for each in found], next=following, limit=cut.limit
            )
        )


class BinMovesView(ApiView):
    """Moves between bins."""

    required_scopes = {"GET": "inventory:read", "POST": "inventory:write"}

    @extend_schema(
        operation_id="bin_moves_list",
        parameters=[*_query("location", "bin", "sku"), *_PAGING],
        responses=BinMovesPage,
    )
    def get(self, request: Request) -> Response:
        """Return what moved between the bins of a location, newest first."""
        asked = _asked(AskedContents, request, paged=True)
        location = _location(self, asked.location)
        rows = BinMove.objects.filter(level__location=location).select_related(
            "level__sku", "source", "target", "lot"
        )
        if asked.bin is not None:
            place = bins.named(location.pk, asked.bin)
            rows = rows.filter(Q(source=place) | Q(target=place))
        if asked.sku is not None:
            rows = rows.filter(level__sku_id=_sku(asked.sku))
        cut = _cut(request)
        found, following = pagination.page(rows.order_by(), cut)
        return Response(
            BinMovesPage.made(
                results=[_move(each) for each in found], next=following, limit=cut.limit
            )
        )

    @extend_schema(
        operation_id="bin_move",
        request=MoveUnits,
        responses={201: MovedOut},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Carry units from bin to bin; 409 when the bin has fewer, does not take them or is the wrong one."""
        command = self.command(MoveUnits)

        def move() -> Response:
            location = _location(self, command.location)
            moves = services.move(
                wanted=Wanted(
                    location.pk,
                    _sku(command.sku),
                    command.quantity,
                    bins.named(location.pk, command.source).pk,
                    bins.named(location.pk, command.target).pk,
                    condition=command.condition,
                ),
                key=_key(self.caller.client_id, request),
                kind=BinMoveKind(command.kind),
                reason=command.reason,
                actor=self.caller.actor,
            )
            return Response(
                MovedOut(moves=[_move(each) for each in queries.with_names(moves)]), status=201
            )

        return idempotency.once(request, move)


class ProposalsView(ApiView):
    """Where goods should be put."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(
        operation_id="put_away_proposals",
        parameters=_query(
            "location",
            "sku",
            "quantity",
            "condition",
            required=("location", "sku", "quantity"),
        ),
        responses=AdviceOut,
    )
    def get(self, request: Request) -> Response:
        """Say where units of a SKU should be put, and why."""
        asked = _asked(AskedProposals, request)
        location = _location(self, asked.location)
        if not (asked.quantity.isascii() and asked.quantity.isdecimal() and int(asked.quantity)):
            raise Invalid(
                problems=[FieldProblem("/quantity", "number_range", "A whole number from 1.")]
            )
        advice = queries.advise(
            location_id=location.pk,
            sku_id=_sku(asked.sku),
            quantity=int(asked.quantity),
            condition=Condition(asked.condition),
        )
        return Response(
            AdviceOut(
                proposals=[
                    ProposalOut(bin=each.code, quantity=each.units, why=each.why)
                    for each in advice.proposals
                ],
                passed_over=[
                    PassedOverOut(bin=each.code, why=each.why) for each in advice.passed_over
                ],
                left=advice.left,
            )
        )


def _content(each: Content) -> ContentOut:
    return ContentOut.made(
        bin=each.bin.code,
        kind=each.bin.kind,
        sku=each.level.sku.code,
        lot=each.lot.number if each.lot else None,
        expires_on=each.lot.expires_on if each.lot else None,
        condition=each.condition,
        quantity=each.quantity,
        since=each.since,
    )


def _move(each: BinMove) -> BinMoveOut:
    return BinMoveOut.made(
        at=each.at,
        kind=each.kind,
        sku=each.level.sku.code,
        lot=each.lot.number if each.lot else None,
        source=each.source.code if each.source else None,
        target=each.target.code if each.target else None,
        condition=each.condition,
        became=each.became,
        quantity=each.quantity,
        document=each.document,
        actor=each.actor,
        reason=each.reason,
    )


def _location(view: ApiView, code: str) -> Location:
    """Return a location within the caller's reach; one outside does not exist for him."""
    reach = view.caller.location_codes
    found = Location.objects.filter(code=code).first()
    if found is None or (reach is not None and code not in reach):
        raise UnknownPlace("There is no such location.")
    return found


def _sku(code: str) -> int:
    found = catalog.ids_by_code([code]).get(code)
    if found is None:
        raise UnknownSkus(problems=[FieldProblem("/sku", "unknown_sku", "There is no such SKU.")])
    return found


def _cut(request: Request) -> pagination.Cut:
    given = request.query_params
    return pagination.read(given.get("limit"), given.get("cursor"))


def _asked(model: type[AskedT], request: Request, *, paged: bool = False) -> AskedT:
    """Return the query parameters as `model`; raise Invalid with every problem at once."""
    given = request.query_params
    problems = []
    for name, values in given.lists():
        pointer = f"/{parsing.escape_pointer(name)[:60]}"
        if name not in model.model_fields and not (paged and name in pagination.PARAMETERS):
            problems.append(FieldProblem(pointer, "unknown_filter", "There is no such parameter."))
        elif len(values) > 1:
            problems.append(FieldProblem(pointer, "repeated", "This parameter was sent twice."))
    known = {name: given[name] for name in model.model_fields if name in given}
    try:
        asked = schemas.parse(model, known)
    except Invalid as error:
        raise Invalid(problems=[*problems, *error.problems]) from None
    if problems:
        raise Invalid(problems=problems)
    return asked


def _key(client_id: int, request: Request) -> str:
    """Return the caller's own key, so that an act stays done when answers are forgotten."""
    key = f"{client_id}\0{request.path}\0{request.headers[idempotency.HEADER]}"
    return f"api:{hashlib.sha256(key.encode()).hexdigest()[:40]}"
