"""Everything that placing must know of SKUs, their kits, prices and taxes, in one statement."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from django.db import connection

from inventory.kits.models import TaxedAs
from orders.pricing.rules import Rate

SHIPPING_TAX_CLASS = "standard"


@dataclass(frozen=True, slots=True)
class PartOffer:
    """`units` of a SKU in each kit; `share` weighs it when the kit's price is spread."""

    code: str
    units: int
    share: int | None


@dataclass(frozen=True, slots=True)
class KitOffer:
    """What a kit consists of; no parts when one of them is not sold. `taxed_together`: all by the kit's own class."""

    parts: tuple[PartOffer, ...]
    taxed_together: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A sellable SKU with its list price (None: not on the list) and the taxes that apply to it.

    `buffer` are the units of it that the channel does not see; None: as many as its default says. `policy` says what
    happens to units that are not in stock, None: what the channel says. `coming` are the units on their way that nobody
    was promised; asked only where they limit what may wait. The parts of a `kit` have offers of their own. While
    the SKU is not released, `presold_left` units of it may be sold in advance by its `preorder`.
    """

    sku_id: int
    code: str
    name: str
    tax_class: str
    list_price: Decimal | None
    rates: tuple[Rate, ...]
    buffer: int | None = None
    kit: KitOffer | None = None
    policy: str | None = None
    coming: int = 0
    preorder: int | None = None
    presold_left: int = 0
    expires: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that an order and its lines are going to have, so that all of it can be written at once."""

    order: int
    lines: Sequence[int]


@dataclass(frozen=True, slots=True)
class Terms:
    """`known_order_id` is the order that the channel has sent under the external id before, if any.

    `life_days` is how long what expires has to last for the customer, beyond what the channel demands; `priority` is
    that of his group, if it has one. `units` are the base units that each unit of the SKUs means, by SKU code and unit;
    asked for where a line names one. `keys` are there if they were asked for and the database can give them before
    anything is written.
    """

    known_order_id: int | None
    offers: dict[str, Offer]
    shipping_rates: tuple[Rate, ...]
    life_days: int = 0
    priority: int | None = None
    units: Mapping[tuple[str, str], int] = field(default_factory=dict)
    keys: Keys | None = None


_SQL = """
SELECT known.id, s.id, s.code, s.name, s.tax_class, p.amount, p.valid_from,
    r.tax_class, r.name, r.region, r.rate, r.valid_from, b.units,
    w.taxed_as, w.kit_id, w.place, w.units, w.price_share, k.policy,
    CASE WHEN COALESCE(k.policy, %s) = 'incoming' THEN {coming} ELSE 0 END,
    q.id, CASE WHEN q.id IS NULL OR q.starts_on > %s OR q.ends_on < %s THEN 0
        ELSE {least}(COALESCE(q.units - {presold}, {many}), COALESCE(z.units - {presold_here}, {many}))
    END, s.expires, known.life, known.priority, known.keys
FROM (
    SELECT (SELECT o.id FROM orders_order o WHERE o.channel_id = %s AND o.external_id = %s) AS id,
        who.life, who.priority, {keys} AS keys
    FROM (
        SELECT MAX(d.life) AS life, MIN(d.priority) AS priority FROM (
            SELECT c.minimum_life_days AS life, g.priority
            FROM customers_customer c LEFT JOIN customers_customergroup g ON g.id = c.group_id
            WHERE c.id = %s
            UNION ALL
            SELECT c.minimum_life_days, g.priority
            FROM customers_customer c LEFT JOIN customers_customergroup g ON g.id = c.group_id
            WHERE c.email = %s AND c.email <> ''
        ) AS d
    ) AS who
) AS known
LEFT JOIN (
    SELECT a.id AS sku_id, k.taxed_as, NULL AS kit_id, 0 AS place, 0 AS units, NULL AS price_share
    FROM inventory_sku a LEFT JOIN inventory_kit k ON k.sku_id = a.id WHERE a.code {codes}
    UNION ALL
    SELECT i.part_id, NULL, i.kit_id, i.id, i.units, i.price_share
    FROM inventory_sku a JOIN inventory_kitpart i ON i.kit_id = a.id WHERE a.code {codes}
) AS w ON true
LEFT JOIN inventory_sku s ON s.id = w.sku_id AND s.is_active
    AND EXISTS (SELECT 1 FROM inventory_product d WHERE d.id = s.product_id AND d.is_active)
LEFT JOIN orders_channelbuffer b ON b.channel_id = %s AND b.sku_id = s.id
LEFT JOIN orders_channelbackorder k ON k.channel_id = %s AND k.sku_id = s.id
LEFT JOIN orders_preorder q ON q.sku_id = s.id AND q.released_on > %s
LEFT JOIN orders_preorderlimit z ON z.preorder_id = q.id AND z.channel_id = %s
LEFT JOIN orders_price p ON p.sku_id = s.id
    AND p.price_list_id = (SELECT l.id FROM orders_pricelist l WHERE l.id = %s AND l.currency = %s)
    AND p.valid_from <= %s AND (p.valid_until IS NULL OR p.valid_until >= %s)
LEFT JOIN orders_taxrate r ON r.country = %s AND (r.region = '' OR r.region = %s)
    AND r.tax_class IN (s.tax_class, 'standard')
    AND r.valid_from <= %s AND (r.valid_until IS NULL OR r.valid_until >= %s)
ORDER BY r.region, r.name
"""
# Units of the SKU `{sku}` on their way to where orders are shipped from, less those that wait for them.
_COMING = """(
    SELECT COALESCE(SUM(v.incoming), 0) FROM inventory_level v
    JOIN inventory_location w ON w.id = v.location_id
    WHERE v.sku_id = {sku} AND w.is_active AND w.ships_orders
) - (
    SELECT COALESCE(SUM(x.backordered), 0) FROM orders_orderline x
    WHERE x.sku_id = {sku} AND x.backordered > 0
)"""
# Units that are sold in advance by the pre-order `q`, over all channels or by the one of the limit `z`.
_PRESOLD = """(
    SELECT COALESCE(SUM(CASE WHEN x.ordered - x.cancelled < x.preordered
        THEN x.ordered - x.cancelled ELSE x.preordered END), 0)
    FROM orders_orderline x WHERE x.preorder_id = q.id{here}
)"""
_PRESOLD_IN_ALL = _PRESOLD.format(here="")
_PRESOLD_HERE = _PRESOLD.format(
    here=" AND (SELECT o.channel_id FROM orders_order o WHERE o.id = x.order_id) = z.channel_id"
)
MANY = 1_000_000_000  # as many as nobody orders
_LEAST = {"postgresql": "LEAST", "sqlite": "MIN"}
_CODES = {
    "postgresql": "= ANY(ARRAY(SELECT unnest(%s::text[])))",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}
# Of an order, then of so many lines.
_KEYS = {
    "postgresql": """ARRAY(
        SELECT CASE n WHEN 0 THEN nextval('orders_order_id_seq') ELSE nextval('orders_orderline_id_seq') END
        FROM generate_series(0, %s) AS n
    )""",
    "sqlite": "%s",
}

_IDS = {
    "postgresql": "= ANY(ARRAY(SELECT unnest(%s::bigint[])))",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}


def terms(
    *,
    channel_id: int,
    external_id: str,
    sku_codes: Collection[str],
    price_list_id: int | None,
    currency: str,
    country: str,
    region: str,
    on: date,
    policy: str,
    customer_id: int | None = None,
    email: str = "",
    lines: int = 0,
) -> Terms:
    """Return what placing an order on day `on` rests on. Codes match to the letter.

    `policy` is what the channel does when stock is short of SKUs for which it has no rule of their own.
    A price list in another currency than `currency` has no prices. Of several valid prices the one with the latest
    first day counts; likewise of several rates of one name and region. Shipping is taxed as goods of the standard
    class. The parts of a kit have offers as well. Keys are set apart for an order of so many `lines`; none of 0.
    """
    codes = sorted(set(sku_codes))
    is_postgresql = connection.vendor == "postgresql"
    day = on if is_postgresql else on.isoformat()
    wanted = codes if is_postgresql else json.dumps(codes)
    with connection.cursor() as cursor:
        cursor.execute(
            _terms_sql(connection.vendor),
            [
                policy,
                day,
                day,
                channel_id,
                external_id,
                lines or -1,
                customer_id,
                email,
                wanted,
                wanted,
                channel_id,
                channel_id,
                day,
                channel_id,
                price_list_id,
                currency,
                day,
                day,
                country,
                region,
                day,
                day,
            ],
        )
        rows = cursor.fetchall()
    keys = rows[0][-1]

    heads: dict[str, tuple[int, str, str, int | None, str | None, int, int | None, int, bool]] = {}
    prices: dict[str, tuple[object, Decimal]] = {}
    kits: dict[int, str] = {}
    parts: defaultdict[int, dict[int, PartOffer | None]] = defaultdict(dict)
    rates: defaultdict[str, dict[tuple[str, str], tuple[object, Decimal]]] = defaultdict(dict)
    for (
        _,
        sku_id,
        code,
        name,
        tax_class,
        amount,
        price_from,
        rate_class,
        rate_name,
        rate_region,
        rate,
        rate_from,
        buffer,
        taxed_as,
        kit_id,
        place,
        units,
        share,
        own_policy,
        coming,
        preorder,
        presold_left,
        expires,
        *_,
    ) in rows:
        if kit_id is not None:
            parts[kit_id][place] = None if sku_id is None else PartOffer(code, units, share)
        if sku_id is None:
            continue
        if taxed_as is not None:
            kits[sku_id] = taxed_as
        heads[code] = (
            sku_id,
            name,
            tax_class,
            buffer,
            own_policy,
            int(coming),
            preorder,
            int(presold_left),
            bool(expires),
        )
        if amount is not None and (code not in prices or price_from > prices[code][0]):
            prices[code] = (price_from, Decimal(str(amount)))
        if rate_class is not None:
            named = rates[rate_class]
            key = (rate_region, rate_name)
            if key not in named or rate_from > named[key][0]:
                named[key] = (rate_from, Decimal(str(rate)).normalize())
    by_class = {
        tax_class: tuple(Rate(name, rate) for (_, name), (_, rate) in named.items())
        for tax_class, named in rates.items()
    }
    return Terms(
        known_order_id=rows[0][0],
        offers={
            code: Offer(
                sku_id=sku_id,
                code=code,
                name=name,
                tax_class=tax_class,
                list_price=prices[code][1] if code in prices else None,
                rates=by_class.get(tax_class, ()),
                buffer=buffer,
                kit=_kit(parts[sku_id], kits[sku_id]) if sku_id in kits else None,
                policy=own_policy,
                coming=coming,
                preorder=preorder,
                presold_left=presold_left,
                expires=expires,
            )
            for code, (
                sku_id,
                name,
                tax_class,
                buffer,
                own_policy,
                coming,
                preorder,
                presold_left,
                expires,
            ) in heads.items()
        },
        shipping_rates=by_class.get(SHIPPING_TAX_CLASS, ()),
        life_days=int(rows[0][-3] or 0),
        priority=rows[0][-2],
        keys=Keys(keys[0], keys[1:]) if is_postgresql and keys else None,
    )


@cache
def _terms_sql(vendor: str) -> str:
    return _SQL.format(
        codes=_CODES[vendor],
        coming=_COMING.format(sku="s.id"),
        least=_LEAST[vendor],
        presold=_PRESOLD_IN_ALL,
        presold_here=_PRESOLD_HERE,
        many=MANY,
        keys=_KEYS[vendor],
    )


def _kit(parts: Mapping[int, PartOffer | None], taxed_as: str) -> KitOffer:
    sold = [part for _, part in sorted(parts.items()) if part is not None]
    whole = len(sold) == len(parts)
    return KitOffer(tuple(sold) if whole else (), taxed_together=taxed_as == TaxedAs.KIT)


def overdrawn(sku_ids: Collection[int]) -> list[int]:
    """Return those of the SKUs of which more units wait than are on their way; one statement."""
    wanted = sorted(sku_ids)
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.id FROM inventory_sku s WHERE s.id {_IDS[connection.vendor]}"  # noqa: S608  # constants of this module
            f" AND {_COMING.format(sku='s.id')} < 0 ORDER BY s.id",
            [wanted if is_postgresql else json.dumps(wanted)],
        )
        return [sku_id for (sku_id,) in cursor.fetchall()]


def oversold(preorder_ids: Collection[int], *, channel_id: int) -> list[int]:
    """Return those of the pre-orders of which more is sold than may be, in all or by the channel; one statement."""
    wanted = sorted(preorder_ids)
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT q.id FROM orders_preorder q"  # noqa: S608  # constants of this module
            " LEFT JOIN orders_preorderlimit z ON z.preorder_id = q.id AND z.channel_id = %s"
            f" WHERE q.id {_IDS[connection.vendor]}"
            f" AND (q.units < {_PRESOLD_IN_ALL} OR z.units < {_PRESOLD_HERE}) ORDER BY q.id",
            [channel_id, wanted if is_postgresql else json.dumps(wanted)],
        )
        return [preorder_id for (preorder_id,) in cursor.fetchall()]
