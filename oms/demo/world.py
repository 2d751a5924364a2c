"""Set the company up: places, goods, prices, taxes, doors, people and keys. Run again, it adds what is missing."""

import json
import os
import secrets
import string
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from customers.profiles.models import Priority
from inventory.catalog import services as catalog
from inventory.catalog.models import Sku
from inventory.locations.models import Location, LocationKind, StaffLocation
from oms.accounts import roles
from oms.accounts import services as accounts
from oms.accounts.models import ApiClient, Scope, User
from oms.core.actors import Actor
from oms.demo import goods, kits, packs, substitutes
from orders.channels.models import (
    AddressStrictness,
    BackorderPolicy,
    Channel,
    ChannelGrant,
    Origin,
)
from orders.importing.models import ImportMapping
from orders.pricing.models import Price, PriceList
from orders.tax.models import TaxRate

SETUP = Actor("system", "", "demo set-up")
NOTE = "demo.json"
SINCE = date(2021, 1, 1)
CLIENT = "Web shop"
BOUND_TO = "BER"
_PASSWORD_LETTERS = string.ascii_letters.translate(str.maketrans("", "", "lIO")) + "23456789"

_LOCATIONS: tuple[dict[str, Any], ...] = (
    {"code": "BER", "name": "Berlin warehouse", "street": "Am Juliusturm 40", "city": "Berlin", "postcode": "13599",
     "priority": 10, "phone": "+493055512340"},
    {"code": "HAM", "name": "Hamburg warehouse", "street": "Peutestr. 22", "city": "Hamburg", "postcode": "20539",
     "priority": 20, "phone": "+494055512341"},
    {"code": "MUC", "name": "Munich store", "street": "Reichenbachstr. 14", "city": "München", "postcode": "80469",
     "priority": 30, "phone": "+498955512342", "kind": LocationKind.STORE},
)  # fmt: skip
_CHANNELS: tuple[dict[str, Any], ...] = (
    {"code": "web", "name": "Web shop", "origin": Origin.WEB, "currency": "EUR", "language": "de",
     "number_prefix": "WEB", "list": "shop", "backorder_policy": BackorderPolicy.ALLOW,
     "shipping_fee": Decimal("4.90")},
    {"code": "phone", "name": "Telephone", "origin": Origin.PHONE, "currency": "EUR", "language": "de",
     "number_prefix": "TEL", "list": "shop", "backorder_policy": BackorderPolicy.ALLOW, "shipping_fee": Decimal("4.90"),
     "address_strictness": AddressStrictness.LENIENT},
    {"code": "market", "name": "Marktplatz", "origin": Origin.MARKETPLACE, "currency": "EUR", "language": "de",
     "number_prefix": "MKT", "list": "shop", "backorder_policy": BackorderPolicy.DENY, "shipping_fee": Decimal(0),
     "address_strictness": AddressStrictness.LENIENT},
    {"code": "wholesale", "name": "Wholesale UK", "origin": Origin.WHOLESALE, "currency": "GBP", "language": "en",
     "number_prefix": "WHS", "list": "trade", "backorder_policy": BackorderPolicy.INCOMING,
     "priority": Priority.FIRST, "shipping_fee": Decimal("12.00"), "prices_include_tax": False, "release_unpaid": True},
)  # fmt: skip
_RATES = (
    ("DE", "standard", "0.19"), ("DE", "reduced", "0.07"), ("AT", "standard", "0.20"), ("AT", "reduced", "0.10"),
    ("NL", "standard", "0.21"), ("NL", "reduced", "0.09"), ("FR", "standard", "0.20"), ("FR", "reduced", "0.055"),
    ("DK", "standard", "0.25"), ("DK", "reduced", "0.25"), ("GB", "standard", "0.20"), ("GB", "reduced", "0"),
)  # fmt: skip
_STAFF = (
    ("manager", roles.MANAGER, "Miriam", "Vogel"),
    ("service", roles.SERVICE, "Tom", "Albers"),
    ("warehouse", roles.WAREHOUSE, "Karin", "Lange"),
    ("readonly", roles.READ_ONLY, "Ralf", "Peters"),
)


@dataclass(frozen=True, slots=True)
class World:
    """What history and story act on."""

    channels: dict[str, Channel]
    locations: dict[str, Location]
    skus: dict[str, Sku]
    staff: dict[str, Actor]

    def packers(self, code: str) -> Actor:
        """Return who works at a location; Hamburg and Munich report through systems of their own."""
        if code == BOUND_TO:
            return self.staff["warehouse"]
        return Actor("api", "", f"{self.locations[code].name} system")


@transaction.atomic
def build() -> World:
    """Make what is missing and return everything."""
    roles.setup()
    locations = {
        row["code"]: Location.objects.get_or_create(
            code=row["code"],
            defaults={"country": "DE", "time_zone": "Europe/Berlin", **row},
        )[0]
        for row in _LOCATIONS
    }
    lists = {
        "shop": _price_list("shop", "Shop prices, with tax", "EUR"),
        "trade": _price_list("trade", "Trade prices, net", "GBP"),
    }
    channels = {}
    for row in _CHANNELS:
        values = {key: value for key, value in row.items() if key != "list"}
        channels[row["code"]] = Channel.objects.get_or_create(
            code=row["code"], defaults={**values, "price_list": lists[row["list"]]}
        )[0]
    for country, tax_class, rate in _RATES:
        TaxRate.objects.get_or_create(
            name="VAT",
            country=country,
            region="",
            tax_class=tax_class,
            valid_from=SINCE,
            defaults={"rate": Decimal(rate)},
        )
    _sell(lists)
    packs.make(actor=SETUP)
    kits.make(lists, since=SINCE, actor=SETUP)
    substitutes.make(channels)
    _map_baskets(channels["market"])
    return World(
        channels=channels,
        locations=locations,
        skus={
            sku.code: sku for sku in Sku.objects.filter(kit__isnull=True).select_related("product")
        },
        staff=_staff(locations),
    )


def _price_list(code: str, name: str, currency: str) -> PriceList:
    return PriceList.objects.get_or_create(
        code=code, defaults={"name": name, "currency": currency}
    )[0]


def _sell(lists: dict[str, PriceList]) -> None:
    known = set(Sku.objects.values_list("code", flat=True))
    prices = []
    for article in goods.articles():
        if {new.code for new in article.skus} <= known:
            continue
        product = catalog.create_product(
            name=article.name,
            brand=article.brand,
            category=article.category,
            description=article.description,
            skus=article.skus,
            actor=SETUP,
        )
        for index, sku in enumerate(product.skus.order_by("id")):
            # The larger or rarer variant costs a little more.
            step = Decimal(1) + Decimal(index) * Decimal("0.04")
            for prices_of, base in (("shop", article.price), ("trade", article.net)):
                amount = (base * step).quantize(Decimal("0.1"), ROUND_HALF_UP)
                prices.append(
                    Price(price_list=lists[prices_of], sku=sku, amount=amount, valid_from=SINCE)
                )
    Price.objects.bulk_create(prices)


def _map_baskets(channel: Channel) -> None:
    """Keep an example of how a partner's columns become ours."""
    ImportMapping.objects.get_or_create(
        name="till baskets",
        defaults={
            "channel": channel,
            "columns": {
                "external_id": "basket_id",
                "placed_at": "transaction_timestamp",
                "sku": "product_id",
                "quantity": "quantity",
                "line_total": "sales_value",
                "category": "department",
            },
            "defaults": {
                "customer_name": "Household {household_id}",
                "street": "Torstr. 12",
                "city": "Berlin",
                "postcode": "10119",
                "country": "DE",
                "payment_method": "channel",
                "shipping": "0",
            },
            "skip_bad_rows": True,
        },
    )


def _staff(locations: dict[str, Location]) -> dict[str, Actor]:
    actors = {}
    for username, role, first, last in _STAFF:
        user, created = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{username}@example.com",
                "is_staff": True,
                "time_zone": "Europe/Berlin",
            },
        )
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        user.groups.add(Group.objects.get(name=role))
        if role == roles.WAREHOUSE:
            StaffLocation.objects.get_or_create(user=user, location=locations[BOUND_TO])
        actors[username] = Actor.of_user(user)
    return actors


# What the person who starts the demo is told ------------------------------------------------------


def note_path() -> Path:
    """Return where logins and key are noted."""
    return Path(settings.VAR_DIR) / NOTE


def tell() -> dict[str, Any]:
    """Return logins, key and a first request; make what does not work (any more) anew and note it for its owner alone.

    Passwords and the key are random in every installation.
    """
    path = note_path()
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        passwords = {login["username"]: login["password"] for login in noted["logins"]}
        key = str(noted["api_key"])
    except (OSError, ValueError, KeyError, TypeError):
        passwords, key = {}, ""
    logins = []
    for username, role, _, _ in _STAFF:
        user = User.objects.get(username=username)
        password = passwords.get(username, "")
        if not password or not user.check_password(password):
            password = "".join(secrets.choice(_PASSWORD_LETTERS) for _ in range(12))
            user.set_password(password)
            user.save(update_fields=["password"])
        logins.append({"role": role, "username": username, "password": password})
    key = _working_key(key)
    noted = {"logins": logins, "api_key": key, "curl": _curl(key)}
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(noted, file, ensure_ascii=False, indent=2)
    return noted


def _working_key(key: str) -> str:
    client, _ = ApiClient.objects.get_or_create(
        name=CLIENT, defaults={"scopes": [str(scope) for scope in Scope]}
    )
    ChannelGrant.objects.get_or_create(client=client, channel=Channel.objects.get(code="web"))
    digest = accounts.digest(key)
    if key and client.keys.filter(digest=digest, revoked_at__isnull=True).exists():
        return key
    return accounts.issue_key(client, actor=SETUP)


def _curl(key: str) -> str:
    order = {
        "external_id": "FIRST-1",
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
        "ship_to": {
            "name": "Ada Lovelace",
            "street": ["Torstr. 12"],
            "postcode": "10119",
            "city": "Berlin",
            "country": "DE",
        },
        "lines": [{"sku": "MUG-MOSS", "quantity": 2}],
        "payment": {"method": "channel"},
    }
    return (
        "    curl -X POST {address}/api/v1/orders \\\n"
        f"      -H 'Authorization: Bearer {key}' -H 'Idempotency-Key: first-1' \\\n"
        "      -H 'Content-Type: application/json' \\\n"
        f"      -d '{json.dumps(order)}'"
    )
