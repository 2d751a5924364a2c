"""Who buys in the demo: names and addresses that could be, at mail addresses that cannot (RFC 2606)."""

import random
import unicodedata
from dataclasses import dataclass

from oms.core.address import Address

_GERMAN_FIRST = (
    "Lena", "Jonas", "Mia", "Paul", "Emma", "Finn", "Hannah", "Ben", "Sophie", "Elias", "Marie", "Noah", "Clara",
    "Jakob", "Frieda", "Anton", "Greta", "Emil", "Käthe", "Björn", "Jürgen", "Zoë", "Ayşe", "Mehmet",
)  # fmt: skip
_GERMAN_LAST = (
    "Hoffmann", "Müller", "Schneider", "Weber", "Krüger", "Vogt", "Bauer", "Lindner", "Schäfer", "Brandt", "Kaiser",
    "Winkler", "Yılmaz", "Nowak", "Sommer", "Jansen", "Groß", "Petersen", "Roth", "Engel",
)  # fmt: skip
_ENGLISH_FIRST = (
    "Olivia", "Harry", "Amelia", "George", "Isla", "Arthur", "Grace", "Oscar", "Freya", "Leo", "Nia", "Rhys",
    "Aoife", "Callum",
)  # fmt: skip
_ENGLISH_LAST = (
    "Bennett", "Clarke", "Hughes", "O'Brien", "Fletcher", "Patel", "Morgan", "Webb", "Sinclair", "Okafor", "Price",
    "Shaw",
)  # fmt: skip
_GERMAN_PLACES = (
    ("10119", "Berlin", "Torstr."), ("10967", "Berlin", "Gräfestr."), ("13187", "Berlin", "Florastr."),
    ("20095", "Hamburg", "Mönckebergstr."), ("22765", "Hamburg", "Bahrenfelder Str."),
    ("28203", "Bremen", "Ostertorsteinweg"),
    ("30159", "Hannover", "Osterstr."), ("04109", "Leipzig", "Nikolaistr."), ("01099", "Dresden", "Alaunstr."),
    ("99084", "Erfurt", "Michaelisstr."), ("44137", "Dortmund", "Hansastr."), ("50672", "Köln", "Aachener Str."),
    ("40213", "Düsseldorf", "Bolkerstr."), ("53113", "Bonn", "Adenauerallee"),
    ("60311", "Frankfurt am Main", "Berliner Str."),
    ("68161", "Mannheim", "Kunststr."), ("70173", "Stuttgart", "Calwer Str."), ("79098", "Freiburg", "Salzstr."),
    ("80331", "München", "Sendlinger Str."), ("80799", "München", "Türkenstr."), ("90402", "Nürnberg", "Königstr."),
    ("93047", "Regensburg", "Gesandtenstr."), ("24103", "Kiel", "Holstenstr."),
    ("18055", "Rostock", "Kröpeliner Str."),
)  # fmt: skip
_OTHER_PLACES = (
    ("AT", "1070", "Wien", "Neubaugasse"), ("AT", "5020", "Salzburg", "Linzer Gasse"),
    ("NL", "1012 AB", "Amsterdam", "Damrak"),
    ("FR", "67000", "Strasbourg", "Rue des Juifs"), ("DK", "1123", "København K", "Gothersgade"),
)  # fmt: skip
_BRITISH_PLACES = (
    ("EH1 1YZ", "Edinburgh", "Cockburn Street"), ("G1 3SL", "Glasgow", "Buchanan Street"),
    ("M1 1AE", "Manchester", "Dale Street"),
    ("BS1 4DJ", "Bristol", "Corn Street"), ("YO1 7HH", "York", "Stonegate"), ("CF10 1AU", "Cardiff", "Castle Arcade"),
    ("BA1 1LZ", "Bath", "Milsom Street"), ("NR2 1AW", "Norwich", "St Benedicts Street"),
    ("E8 1EJ", "London", "Mare Street"),
    ("SE1 9AA", "London", "Borough High Street"),
)  # fmt: skip
_SHOPS = (
    "Thistle & Thyme", "The Larder", "Marlow Interiors", "Kettle Yard Store", "Harbour Goods", "Fern Hill Living",
    "North Quay Deli", "Oak & Ember",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Who orders; `language` is the one of the mails."""

    name: str
    company: str
    email: str
    phone: str
    language: str
    address: Address


def shopper(chance: random.Random) -> Person:
    """Return somebody who buys for themselves, mostly in Germany."""
    draw = chance.random()
    if draw < 0.78:
        postcode, city, street = chance.choice(_GERMAN_PLACES)
        return _person(chance, "DE", postcode, city, f"{street} {chance.randint(1, 140)}", "de")
    if draw < 0.88:
        country, postcode, city, street = chance.choice(_OTHER_PLACES)
        language = "de" if country == "AT" else "en"
        return _person(
            chance, country, postcode, city, f"{street} {chance.randint(1, 90)}", language
        )
    postcode, city, street = chance.choice(_BRITISH_PLACES)
    return _person(chance, "GB", postcode, city, f"{chance.randint(1, 90)} {street}", "en")


def shop(chance: random.Random) -> Person:
    """Return somebody who buys for a British shop."""
    index = chance.randrange(len(_SHOPS))
    company = _SHOPS[index]
    postcode, city, street = _BRITISH_PLACES[index]
    person = _person(chance, "GB", postcode, city, f"{index * 7 + 3} {street}", "en", company)
    return Person(
        person.name,
        company,
        f"buying@{_plain(company)}.example",
        person.phone,
        "en",
        person.address,
    )


def _person(
    chance: random.Random,
    country: str,
    postcode: str,
    city: str,
    street: str,
    language: str,
    company: str = "",
) -> Person:
    german = country in {"DE", "AT"}
    first = chance.choice(_GERMAN_FIRST if german else _ENGLISH_FIRST)
    last = chance.choice(_GERMAN_LAST if german else _ENGLISH_LAST)
    name = f"{first} {last}"
    phone = f"+49 30 {chance.randint(1_000_000, 9_999_999)}" if country == "DE" else ""
    return Person(
        name=name,
        company=company,
        email=f"{_plain(first)}.{_plain(last)}@example.com",
        phone=phone,
        language=language,
        address=Address(
            name=name,
            company=company,
            street=(street,),
            city=city,
            postcode=postcode,
            country=country,
            phone=phone,
        ),
    )


def _plain(text: str) -> str:
    """Return the ASCII letters of a name, in small letters."""
    special = text.replace("ß", "ss").replace("ı", "i")
    decomposed = unicodedata.normalize("NFKD", special)
    return "".join(symbol for symbol in decomposed.lower() if symbol.isascii() and symbol.isalpha())
