"""The least that placing and reading an order could cost with Django and its REST framework in front.

A project of its own: no middleware of any weight, no authentication, no prices, no addresses judged; one serializer
reads the body, one prepared statement writes order, lines, stock, ledger and outbox row, and refuses what is not in
stock. It keeps its own tables and is served as the product is. gunicorn loads `tests.benchmarks.floor:application`.
"""

import os
import secrets
import uuid
from typing import Any

import django
import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection

_PLACE = """
WITH asked AS (
    SELECT s.id AS sku_id, a.quantity, s.price
    FROM unnest(%s::varchar[], %s::integer[]) AS a (code, quantity) JOIN floor_sku s USING (code)
), locked AS (
    SELECT t.sku_id FROM floor_stock t JOIN asked USING (sku_id)
    ORDER BY t.sku_id FOR NO KEY UPDATE OF t
), taken AS (
    UPDATE floor_stock t SET committed = t.committed + a.quantity
    FROM asked a JOIN locked USING (sku_id)
    WHERE t.sku_id = a.sku_id AND t.on_hand - t.committed >= a.quantity
    RETURNING t.sku_id
), placed AS (
    INSERT INTO floor_order (number, external_id, status, customer, ship_to, total, asked, taken)
    SELECT %s, %s, 'pending', %s::jsonb, %s::jsonb, COALESCE(sum(a.quantity * a.price), 0), %s, count(t.sku_id)
    FROM asked a LEFT JOIN taken t USING (sku_id)
    RETURNING id, number, total, placed_at
), lines AS (
    INSERT INTO floor_line (order_id, sku_id, quantity, price)
    SELECT p.id, a.sku_id, a.quantity, a.price FROM placed p, asked a
), ledger AS (
    INSERT INTO floor_ledger (sku_id, order_id, quantity)
    SELECT a.sku_id, p.id, a.quantity FROM placed p, asked a
), outbox AS (
    INSERT INTO floor_outbox (name, order_id) SELECT 'placed', id FROM placed
)
SELECT id, number, total, placed_at FROM placed
"""


def _configure() -> None:
    database = environ.Env.db_url_config(os.environ["DATABASE_URL"])
    database["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 0}
    database["CONN_MAX_AGE"] = None
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(64),
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": database},
        INSTALLED_APPS=["rest_framework"],
        # Without it answers have no length and are sent in chunks.
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "DEFAULT_PERMISSION_CLASSES": [],
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
            "UNAUTHENTICATED_USER": None,
        },
    )
    django.setup()


if not settings.configured:
    _configure()

# The framework's own modules read the settings when they are imported.
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from psycopg.types.json import Jsonb  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class FloorOrder(models.Model):
    """An order, for reading by the ORM."""

    number = models.CharField(max_length=20)
    external_id = models.CharField(max_length=128)
    status = models.CharField(max_length=10)
    customer = models.JSONField()
    ship_to = models.JSONField()
    total = models.DecimalField(max_digits=18, decimal_places=4)
    placed_at = models.DateTimeField()

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "floor_order"

    def __str__(self) -> str:
        return self.number


class FloorSku(models.Model):
    """A SKU, for reading by the ORM."""

    code = models.CharField(max_length=64)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "floor_sku"

    def __str__(self) -> str:
        return self.code


class FloorLine(models.Model):
    """A line, for reading by the ORM."""

    order = models.ForeignKey(FloorOrder, on_delete=models.PROTECT)
    sku = models.ForeignKey(FloorSku, on_delete=models.PROTECT)
    quantity = models.IntegerField()
    price = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        app_label = "floor"
        managed = False
        db_table = "floor_line"

    def __str__(self) -> str:
        return str(self.pk)


class LineIn(serializers.Serializer[Any]):
    """Units of a SKU."""

    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1)


class OrderIn(serializers.Serializer[Any]):
    """An order."""

    external_id = serializers.CharField(max_length=128)
    customer = serializers.JSONField()
    ship_to = serializers.JSONField()
    lines = LineIn(many=True)


class OrdersView(APIView):
    """Place an order; list the newest."""

    def post(self, request: Request) -> Response:
        """Place an order."""
        serializer = OrderIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        order = serializer.validated_data
        lines = order["lines"]
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    _PLACE,
                    [
                        [line["sku"] for line in lines],
                        [line["quantity"] for line in lines],
                        uuid.uuid4().hex[:20],
                        order["external_id"],
                        Jsonb(order["customer"]),
                        Jsonb(order["ship_to"]),
                        len(lines),
                    ],
                )
                key, number, total, placed_at = cursor.fetchone()
        except IntegrityError:
            return Response({"code": "refused"}, status=409)
        answer = {**order, "id": key, "number": number, "total": total, "placed_at": placed_at}
        return Response(answer, status=201)

    def get(self, request: Request) -> Response:
        """List the newest 50."""
        columns = ("id", "number", "external_id", "status", "customer", "total", "placed_at")
        return Response(
            {
                "results": list(
                    FloorOrder.objects.order_by("-placed_at", "-id").values(*columns)[:50]
                )
            }
        )


class OrderView(APIView):
    """Read one order with its lines."""

    def get(self, request: Request, number: str) -> Response:
        """Read it."""
        order = FloorOrder.objects.values().get(number=number)
        lines = FloorLine.objects.filter(order=order["id"]).order_by("id")
        order["lines"] = list(lines.values("id", "sku__code", "quantity", "price"))
        return Response(order)


urlpatterns = [
    path("orders", OrdersView.as_view()),
    path("orders/<str:number>", OrderView.as_view()),
]

application = get_wsgi_application()
