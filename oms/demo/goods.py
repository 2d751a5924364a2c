"""What the demo sells: products, their variants, what they weigh and cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from inventory.catalog.models import TaxClass
from inventory.catalog.services import NewSku

_OWN_NUMBERS = "20"  # GS1 prefix for numbers used within one company


@dataclass(frozen=True, slots=True)
class Article:
    """A product with its variants. `price` is in euro with tax, `net` the wholesale price in pounds without."""

    name: str
    brand: str
    category: str
    description: str
    skus: tuple[NewSku, ...]
    price: Decimal
    net: Decimal


# Code stem, name, brand, category, price, net, grams, (length, width, height) in mm, tax class, HS code, origin,
# variants as (suffix, words).
_RANGE = (
    ("MUG", "Stoneware mug 300 ml", "Fjellvik", "Kitchen", "14.90", "5.60", 380, (120, 95, 100), "standard", "691200",
     "PT", (("SAND", "sand"), ("MOSS", "moss"), ("SLATE", "slate"), ("RUST", "rust"), ("CHALK", "chalk"))),
    ("BOWL", "Stoneware bowl 16 cm", "Fjellvik", "Kitchen", "17.90", "6.90", 520, (170, 170, 80), "standard", "691200",
     "PT", (("SAND", "sand"), ("MOSS", "moss"), ("SLATE", "slate"), ("CHALK", "chalk"))),
    ("PLATE", "Stoneware plate 27 cm", "Fjellvik", "Kitchen", "19.90", "7.80", 740, (280, 280, 40), "standard",
     "691200", "PT", (("SAND", "sand"), ("MOSS", "moss"), ("SLATE", "slate"), ("CHALK", "chalk"))),
    ("CARAFE", "Glass carafe with cork", "Fjellvik", "Kitchen", "29.90", "11.90", 850, (110, 110, 280), "standard",
     "701337", "CZ", (("05", "0.5 l"), ("10", "1 l"), ("15", "1.5 l"))),
    ("KNIFE", "Kitchen knife, ash handle", "Solinger Hof", "Kitchen", "59.90", "26.50", 210, (340, 60, 30), "standard",
     "821192", "DE", (("12", "12 cm"), ("16", "16 cm"), ("20", "20 cm"), ("BREAD", "bread, 24 cm"))),
    ("BOARD", "Oak cutting board", "Solinger Hof", "Kitchen", "34.90", "14.20", 1450, (400, 260, 30), "standard",
     "441911", "PL", (("S", "small"), ("M", "medium"), ("L", "large"))),
    ("PAN", "Cast iron pan", "Solinger Hof", "Kitchen", "69.90", "31.00", 2600, (450, 280, 60), "standard", "732391",
     "FR", (("20", "20 cm"), ("24", "24 cm"), ("28", "28 cm"))),
    ("APRON", "Linen apron", "Leinenwerk", "Textiles", "39.90", "16.80", 310, (300, 220, 40), "standard", "621132",
     "LT", (("NAVY", "navy"), ("OAT", "oat"), ("OLIVE", "olive"), ("BRICK", "brick"))),
    ("TOWEL", "Linen tea towel, pair", "Leinenwerk", "Textiles", "19.90", "7.90", 240, (260, 180, 40), "standard",
     "630260", "LT", (("NAVY", "navy"), ("OAT", "oat"), ("OLIVE", "olive"), ("BRICK", "brick"))),
    ("NAPKIN", "Linen napkins, set of four", "Leinenwerk", "Textiles", "32.90", "13.50", 280, (240, 200, 40),
     "standard", "630251", "LT", (("OAT", "oat"), ("OLIVE", "olive"), ("WHITE", "white"))),
    ("BLANKET", "Wool blanket 140 x 200", "Hebridean Mill", "Textiles", "129.00", "58.00", 1650, (420, 320, 120),
     "standard", "630120", "GB", (("HEATHER", "heather"), ("LOCH", "loch"), ("PEAT", "peat"), ("OAT", "oat"))),
    ("CUSHION", "Wool cushion 45 x 45", "Hebridean Mill", "Textiles", "54.90", "23.90", 620, (450, 400, 120),
     "standard", "940490", "GB", (("HEATHER", "heather"), ("LOCH", "loch"), ("PEAT", "peat"))),
    ("SOCK", "Wool socks", "Hebridean Mill", "Textiles", "18.90", "7.20", 95, (220, 120, 40), "standard", "611594",
     "GB", (("S", "36-38"), ("M", "39-42"), ("L", "43-46"))),
    ("COFFEE", "Coffee beans 500 g", "Rösthaus Nord", "Pantry", "13.90", "6.10", 530, (200, 110, 70), "reduced",
     "090121", "DE", (("HOUSE", "house blend"), ("ETHIO", "Ethiopia"), ("COLOM", "Colombia"), ("DECAF", "decaf"))),
    ("TEA", "Loose tea 100 g", "Rösthaus Nord", "Pantry", "9.90", "4.10", 140, (140, 90, 90), "reduced", "090240",
     "IN", (("ASSAM", "Assam"), ("DARJ", "Darjeeling"), ("EARL", "Earl Grey"), ("MINT", "mint"), ("ROOI", "rooibos"))),
    ("HONEY", "Blossom honey 500 g", "Imkerei Alte Linde", "Pantry", "11.50", "5.20", 760, (90, 90, 110), "reduced",
     "040900", "DE", (("LIME", "lime"), ("FOREST", "forest"), ("RAPE", "rape"))),
    ("OIL", "Olive oil 750 ml", "Casa Ferrante", "Pantry", "18.50", "8.40", 1290, (80, 80, 310), "reduced", "150920",
     "IT", (("MILD", "mild"), ("FRUIT", "fruity"), ("LEMON", "lemon"))),
    ("CHOC", "Dark chocolate, three bars", "Casa Ferrante", "Pantry", "12.90", "5.80", 330, (180, 90, 40), "reduced",
     "180632", "IT", (("70", "70 %"), ("85", "85 %"), ("SALT", "sea salt"))),
    ("LAMP", "Desk lamp, steel", "Lichtbau", "Home", "89.00", "41.00", 1900, (420, 220, 200), "standard", "940521",
     "DE", (("BLACK", "black"), ("WHITE", "white"), ("OLIVE", "olive"))),
    ("BULB", "LED bulb E27, warm", "Lichtbau", "Home", "8.90", "3.30", 70, (70, 70, 120), "standard", "853952", "CN",
     (("4W", "4 W"), ("7W", "7 W"), ("11W", "11 W"))),
    ("CANDLE", "Beeswax candles", "Imkerei Alte Linde", "Home", "16.90", "6.90", 420, (220, 90, 60), "standard",
     "340600", "DE", (("2", "pair"), ("4", "four"), ("12", "twelve"))),
    ("VASE", "Hand-blown vase", "Fjellvik", "Home", "44.90", "19.80", 980, (140, 140, 260), "standard", "701399", "SE",
     (("SMOKE", "smoke"), ("AMBER", "amber"), ("SEA", "sea"))),
    ("CLOCK", "Wall clock, birch", "Lichtbau", "Home", "64.90", "28.00", 720, (320, 320, 60), "standard", "910521",
     "FI", (("NAT", "natural"), ("BLACK", "black"))),
    ("BASKET", "Willow basket", "Korbhaus", "Home", "38.90", "16.40", 900, (420, 320, 260), "standard", "460212", "PL",
     (("S", "small"), ("M", "medium"), ("L", "large"))),
    ("BRUSH", "Dish brush, beech", "Korbhaus", "Home", "7.90", "2.90", 110, (260, 70, 60), "standard", "960390", "DE",
     (("STD", "standard"), ("BOTTLE", "for bottles"), ("VEG", "for vegetables"))),
    ("SOAP", "Olive soap, three bars", "Casa Ferrante", "Bath", "13.50", "5.40", 360, (180, 80, 60), "standard",
     "340111", "IT", (("PURE", "pure"), ("LAV", "lavender"), ("CITRUS", "citrus"))),
    ("BATH", "Organic cotton bath towel", "Leinenwerk", "Bath", "36.90", "15.60", 580, (340, 280, 80), "standard",
     "630260", "PT", (("WHITE", "white"), ("SAND", "sand"), ("SLATE", "slate"), ("MOSS", "moss"))),
    ("ROBE", "Waffle bathrobe", "Leinenwerk", "Bath", "84.90", "37.50", 1150, (380, 300, 90), "standard", "620891",
     "PT", (("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL"))),
    ("BOOK", "Cookbook: One Pot, Four Seasons", "Kiosk Verlag", "Books", "32.00", "16.00", 1180, (250, 200, 30),
     "reduced", "490199", "DE", (("DE", "German edition"), ("EN", "English edition"))),
    ("NOTE", "Notebook A5, dotted", "Kiosk Verlag", "Books", "15.90", "6.30", 320, (215, 150, 20), "standard",
     "482010", "DE", (("NAVY", "navy"), ("RUST", "rust"), ("BLACK", "black"), ("MOSS", "moss"))),
    ("PENCIL", "Cedar pencils, dozen", "Kiosk Verlag", "Books", "11.90", "4.60", 90, (190, 60, 20), "standard",
     "960910", "DE", (("HB", "HB"), ("2B", "2B"))),
    ("BOTTLE", "Steel bottle", "Wanderlust", "Outdoor", "27.90", "11.40", 340, (80, 80, 270), "standard", "732393",
     "CN", (("05BLK", "0.5 l, black"), ("05GRN", "0.5 l, green"), ("10BLK", "1 l, black"), ("10GRN", "1 l, green"))),
    ("RUCK", "Waxed canvas rucksack 20 l", "Wanderlust", "Outdoor", "119.00", "54.00", 1100, (480, 320, 160),
     "standard", "420292", "VN", (("OLIVE", "olive"), ("NAVY", "navy"), ("BLACK", "black"))),
    ("STOVE", "Camping stove, brass", "Wanderlust", "Outdoor", "74.90", "33.50", 690, (160, 160, 140), "standard",
     "732111", "SE", (("S", "solo"), ("D", "duo"))),
)  # fmt: skip

# Set aside for the told story: history does not touch them, so that it ends the same whenever it is told.
STORY = (
    ("LANTERN", "Storm lantern, brass", "Wanderlust", "Outdoor", "49.90", "22.00", 900, (170, 170, 300), "standard",
     "940550", "SE", (("BRASS", "brass"),)),
    ("KETTLE", "Enamel kettle 1.8 l", "Wanderlust", "Outdoor", "44.00", "19.00", 1250, (240, 200, 220), "standard",
     "732394", "PL", (("CREAM", "cream"),)),
    ("GUIDE", "Field guide to birds", "Kiosk Verlag", "Books", "24.00", "12.00", 540, (210, 140, 25), "reduced",
     "490199", "DE", (("EN", "English edition"),)),
)  # fmt: skip

# What customers wait for; history does not touch it either.
AWAITED = (
    ("RADIO", "Kitchen radio", "Lichtbau", "Home", "119.00", "52.00", 1600, (240, 140, 130), "standard", "852792", "DE",
     (("OAK", "oak"), ("ASH", "ash"))),
    ("ATLAS", "Atlas of remote places", "Kiosk Verlag", "Books", "38.00", "18.50", 1420, (310, 240, 25), "reduced",
     "490591", "DE", (("SEA", "islands"), ("SKY", "mountains"), ("ICE", "ice"))),
)  # fmt: skip


def articles() -> Iterator[Article]:
    """Yield everything that is sold, always in the same order."""
    serial = 0
    for stem, name, brand, category, price, net, grams, size, tax, hs, origin, variants in (
        *_RANGE,
        *STORY,
        *AWAITED,
    ):
        skus = []
        for suffix, words in variants:
            serial += 1
            skus.append(
                NewSku(
                    code=f"{stem}-{suffix}",
                    name=f"{name}, {words}",
                    barcode=ean13(f"{_OWN_NUMBERS}{serial:010d}"),
                    weight_g=grams,
                    length_mm=size[0],
                    width_mm=size[1],
                    height_mm=size[2],
                    tax_class=TaxClass(tax),
                    hs_code=hs,
                    origin_country=origin,
                )
            )
        yield Article(
            name=name,
            brand=brand,
            category=category,
            description=f"{name} by {brand}.",
            skus=tuple(skus),
            price=Decimal(price),
            net=Decimal(net),
        )


def set_apart() -> frozenset[str]:
    """Return the codes that history does not draw."""
    return frozenset(f"{row[0]}-{variant[0]}" for row in (*STORY, *AWAITED) for variant in row[-1])


def ean13(digits: str) -> str:
    """Return twelve digits with their check digit (GS1 General Specifications 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def bin_code(serial: int) -> str:
    """Return where the article with this number lies: aisle, rack, shelf."""
    return f"{'ABCDEFGH'[serial // 20 % 8]}-{serial // 4 % 5 + 1:02d}-{serial % 4 + 1}"
