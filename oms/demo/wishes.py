"""What customers of each door order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from oms.core import clock
from oms.core.address import Address, normalized
from oms.demo import packs, people
from oms.demo.people import Person
from orders.placing.drafts import Draft, DraftLine, DraftPayment

PAID = DraftPayment(method="channel", reference="PP-PAID")
TRANSFER = DraftPayment(method="bank_transfer")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Draws orders out of `codes`."""

    chance: random.Random
    codes: Sequence[str]

    def lines(self, low: int, high: int, units: Sequence[int]) -> tuple[DraftLine, ...]:
        """Draw lines of an order."""
        codes = self.chance.sample(self.codes, self.chance.randint(low, high))
        return tuple(DraftLine(sku=code, quantity=self.chance.choice(units)) for code in codes)

    def web(self) -> Draft:
        """Draw an order of the web shop."""
        person = people.shopper(self.chance)
        draw = self.chance.random()
        if draw < 0.55:
            token = "tok_authorize:decline" if draw < 0.02 else "tok_approve"
            payment = DraftPayment(method="fake_card", reference=token)
        elif draw < 0.85:
            payment = DraftPayment(method="channel", reference=f"PP-{self.chance.randrange(10**9)}")
        else:
            payment = DraftPayment(method="bank_transfer")
        return draft(
            person,
            self.lines(1, 4, (1, 1, 1, 2, 2, 3)),
            payment=payment,
            discount=Decimal("5.00") if self.chance.random() < 0.12 else Decimal(0),
            note="Bitte beim Nachbarn abgeben" if self.chance.random() < 0.05 else "",
            ship_complete=self.chance.random() < 0.06,
        )

    def market(self, *, wrong: bool = False) -> Draft:
        """Draw an order of the marketplace; a wrong one declares another total."""
        person = people.shopper(self.chance)
        wrong = self.chance.random() < 0.04 or wrong
        return draft(
            person,
            self.lines(1, 2, (1, 1, 2)),
            payment=DraftPayment(method="channel", reference=f"MP-{self.chance.randrange(10**9)}"),
            declared={"total": Decimal("1.00")} if wrong else {},
        )

    def phone(self, *, misheard: bool = False) -> Draft:
        """Draw an order taken by telephone; of a misheard one the postcode is wrong."""
        person = people.shopper(self.chance)
        if self.chance.random() < 0.09 or misheard:
            person = with_postcode(person, "1011")
        method = "cash_on_delivery" if self.chance.random() < 0.5 else "bank_transfer"
        return draft(person, self.lines(1, 5, (1, 1, 2, 4)), payment=DraftPayment(method=method))

    def wholesale(self) -> Draft:
        """Draw an order of a shop, which pays on terms and buys by the case what comes in cases."""
        person = people.shop(self.chance)
        lines = tuple(
            replace(line, quantity=1, unit=packs.CASE) if packs.comes_in_cases(line.sku) else line
            for line in self.lines(2, 7, (3, 4, 6))
        )
        return draft(
            person,
            lines,
            payment=DraftPayment(method="bank_transfer"),
            po_number=f"PO{self.chance.randint(1000, 9999)}",
            pays_on_terms=True,
        )


def draft(
    person: Person,
    lines: tuple[DraftLine, ...],
    *,
    payment: DraftPayment,
    discount: Decimal = Decimal(0),
    note: str = "",
    ship_complete: bool = False,
    declared: dict[str, Decimal] | None = None,
    po_number: str = "",
    pays_on_terms: bool = False,
) -> Draft:
    """Return an order of `person`, without its number yet."""
    return Draft(
        external_id="",
        lines=lines,
        customer_name=person.name,
        email=person.email,
        phone=person.phone,
        ship_to=normalized(person.address),
        language=person.language,
        po_number=po_number,
        pays_on_terms=pays_on_terms,
        note=note,
        ship_complete=ship_complete,
        discount=discount,
        declared=declared or {},
        payment=payment,
    )


def numbered(wish: Draft, external_id: str) -> Draft:
    """Return the order with its number, placed now."""
    return replace(wish, external_id=external_id, placed_at=clock.now())


def with_postcode(person: Person, postcode: str) -> Person:
    """Return the person at an address with another postcode."""
    address: Address = replace(person.address, postcode=postcode)
    return replace(person, address=address)
