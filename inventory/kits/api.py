"""The API of kits: read of what one consists, say it, make it an article like others."""

from typing import Annotated, Literal

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from inventory.kits import queries, rules, services
from inventory.kits.errors import KitInvalid, KitMissing
from inventory.kits.models import Kit
from inventory.kits.rules import Part
from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView
from oms.core.errors import FieldProblem


class PartIn(Command):
    """Units of a SKU in each kit. `price_share` weighs it when the price is spread; give all parts one, or none."""

    sku: schemas.SkuCode
    units: schemas.Quantity
    price_share: schemas.Count | None = None


class DefineKit(Command):
    """A SKU, and the parts that make it. `taxed_as`: each part by its own tax class, or all by the kit's."""

    sku: schemas.SkuCode
    parts: Annotated[list[PartIn], Items(rules.MOST_PARTS, few="no_parts", many="too_many")]
    taxed_as: Literal["parts", "kit"] = "parts"


class DissolveKit(Command):
    """Why."""

    reason: Annotated[str, Text(200)]


class PartOut(Answer):
    """Units of a SKU in each kit."""

    sku: str
    name: str
    units: int
    price_share: int | None


class KitOut(Answer):
    """What a kit consists of."""

    sku: str
    name: str
    taxed_as: str
    parts: list[PartOut]


class KitsView(ApiView):
    """All kits."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="kit_define",
        request=DefineKit,
        responses=KitOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Say of what a kit consists; what a former call said is replaced. Orders that are placed keep theirs."""
        command = self.command(DefineKit)
        actor = self.caller.actor

        def define() -> Response:
            ids = catalog.ids_by_code({command.sku, *(part.sku for part in command.parts)})
            _check_known(command, ids)
            services.define(
                sku_id=ids[command.sku],
                parts=[Part(ids[part.sku], part.units, part.price_share) for part in command.parts],
                taxed_as=command.taxed_as,
                actor=actor,
            )
            return Response(_out(queries.find(command.sku)))

        return idempotency.once(request, define)


class KitView(ApiView):
    """One kit, by its SKU."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(operation_id="kit_read", responses=KitOut)
    def get(self, request: Request, sku: str) -> Response:
        """Return of what the kit consists."""
        return Response(_out(queries.find(sku)))


class DissolveView(ApiView):
    """Dissolving."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="kit_dissolve",
        request=DissolveKit,
        responses={204: None},
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, sku: str) -> HttpResponse:
        """Make the kit an article like others, which can be stocked."""
        command = self.command(DissolveKit)
        actor = self.caller.actor

        def dissolve() -> Response:
            key = catalog.ids_by_code([sku]).get(sku)
            if key is None:
                raise KitMissing
            services.dissolve(sku_id=key, reason=command.reason, actor=actor)
            return Response(status=204)

        return idempotency.once(request, dissolve)


def _check_known(command: DefineKit, ids: dict[str, int]) -> None:
    problems = [
        FieldProblem(f"/parts/{index}/sku", "unknown_sku", "There is no such SKU.")
        for index, part in enumerate(command.parts)
        if part.sku not in ids
    ]
    if command.sku not in ids:
        problems.insert(0, FieldProblem("/sku", "unknown_sku", "There is no such SKU."))
    if problems:
        raise KitInvalid(problems=problems)


def _out(kit: Kit) -> KitOut:
    return KitOut(
        sku=kit.sku.code,
        name=kit.sku.name,
        taxed_as=kit.taxed_as,
        parts=[
            PartOut(
                sku=part.part.code,
                name=part.part.name,
                units=part.units,
                price_share=part.price_share,
            )
            for part in kit.parts.all()
        ],
    )
