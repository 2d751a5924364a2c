"""The API of packs: say in which a SKU comes, and read it."""

from typing import Annotated

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from inventory.packs import queries, rules, services
from inventory.packs.errors import SkuMissing
from inventory.packs.rules import NewPack
from oms.core.api import idempotency, openapi, schemas
from oms.core.api.schemas import Answer, Command, Items, Text
from oms.core.api.views import ApiView


class PackIn(Command):
    """`units` base units under one code, with a barcode of their own if there is one."""

    code: Annotated[str, Text(20)]
    units: schemas.Quantity
    barcode: Annotated[str, Text(64, blank=True)] = ""
    weight_g: schemas.Count = 0


class DefinePacks(Command):
    """A SKU, and all packs in which it comes; none takes the present ones away."""

    sku: schemas.SkuCode
    packs: Annotated[list[PackIn], Items(rules.MOST_PACKS, least=0)]


class PackOut(Answer):
    """Units under one code."""

    code: str
    units: int
    barcode: str
    weight_g: int


class PacksOut(Answer):
    """The base unit of a SKU and its packs, the smallest first."""

    sku: str
    unit: str
    packs: list[PackOut]


class PacksView(ApiView):
    """Packs."""

    required_scopes = {"POST": "inventory:write"}

    @extend_schema(
        operation_id="packs_define",
        request=DefinePacks,
        responses=PacksOut,
        parameters=[openapi.IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> HttpResponse:
        """Set the packs of a SKU; what a former call said is replaced."""
        command = self.command(DefinePacks)
        actor = self.caller.actor

        def define() -> Response:
            key = catalog.ids_by_code([command.sku]).get(command.sku)
            if key is None:
                raise SkuMissing
            services.define(
                sku_id=key,
                packs=[
                    NewPack(pack.code, pack.units, pack.barcode, pack.weight_g)
                    for pack in command.packs
                ],
                actor=actor,
            )
            return Response(_out(command.sku))

        return idempotency.once(request, define)


class PacksOfSkuView(ApiView):
    """The packs of one SKU."""

    required_scopes = {"GET": "inventory:read"}

    @extend_schema(operation_id="packs_read", responses=PacksOut)
    def get(self, request: Request, sku: str) -> Response:
        """Return the packs of a SKU."""
        return Response(_out(sku))


def _out(code: str) -> PacksOut:
    found = queries.of_sku(code)
    if found is None:
        raise SkuMissing
    sku, packs = found
    return PacksOut(
        sku=sku.code,
        unit=sku.unit,
        packs=[
            PackOut(code=pack.code, units=pack.units, barcode=pack.barcode, weight_g=pack.weight_g)
            for pack in packs
        ],
    )
