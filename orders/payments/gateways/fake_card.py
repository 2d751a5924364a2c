"""A card provider that does not exist, for tests and the demo: it keeps its books in files, as an outside world does.

The token chooses what happens. After `tok_` come words joined by `-`; each is either an outcome for every act, or
`act:outcome` for one act, such as `tok_refund:decline`. Outcomes:

- `approve`: done (the default)
- `decline`: refused
- `timeout`: done, but the answer is lost
- `lost`: not done, and no answer
- `slow`: done after a moment
- `garbage`: done, but the answer makes no sense
- `down`: cannot be reached
- `wrong_amount`: done with another amount than asked

The same key is acted on once, whatever happens.
"""

import json
import os
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

from orders.payments.gateways.base import Answer, Instruction, Outcome, Unavailable, Unclear

OUTCOMES = (
    "approve",
    "decline",
    "timeout",
    "lost",
    "slow",
    "garbage",
    "down",
    "wrong_amount",
)
SLOW_SECONDS = 0.3


class FakeCard:
    """The provider. Its books are the files of `OMS_FAKE_CARD_DIR`, one for each key that it acted on."""

    code: ClassVar[str] = "fake_card"
    label: ClassVar[str] = "Card (demo)"
    online: ClassVar[bool] = True
    reserves: ClassVar[bool] = True
    takes_on_shipment: ClassVar[bool] = True

    def authorize(self, instruction: Instruction) -> Outcome:
        """Reserve the amount, as the token says."""
        return self._act("authorize", instruction)

    def capture(self, instruction: Instruction) -> Outcome:
        """Take the amount, as the token says."""
        return self._act("capture", instruction)

    def refund(self, instruction: Instruction) -> Outcome:
        """Give the amount back, as the token says."""
        return self._act("refund", instruction)

    def void(self, instruction: Instruction) -> Outcome:
        """Let go, as the token says."""
        return self._act("void", instruction)

    def query(self, instruction: Instruction) -> Outcome:
        """Look the key up in the books."""
        if script(instruction.token).get("query") == "down":
            raise Unavailable("The provider cannot be reached.")
        booked = _read(instruction.key)
        if booked is None:
            return Outcome(answer=Answer.NOT_FOUND)
        return _outcome(booked)

    def _act(self, act: str, instruction: Instruction) -> Outcome:
        planned = script(instruction.token).get(act, "approve")
        if planned == "down":
            raise Unavailable("The provider cannot be reached.")
        if planned == "lost":
            raise Unclear("No answer within the time limit.")
        if planned == "slow":
            time.sleep(SLOW_SECONDS)
        amount = instruction.amount + (1 if planned == "wrong_amount" else 0)
        booked = _book(
            instruction.key,
            {
                "act": act,
                "declined": planned == "decline",
                "reference": f"fake-{instruction.key}",
                "amount": str(amount),
                "currency": instruction.currency,
            },
        )
        if planned == "timeout":
            raise Unclear("No answer within the time limit.")
        if planned == "garbage":
            raise Unclear("The answer makes no sense: <html>503</html>")
        return _outcome(booked)


def script(token: str) -> dict[str, str]:
    """Return the outcome of each act that `token` scripts; an unknown word is the provider's business: declined."""
    acts = ("authorize", "capture", "refund", "void")
    plan: dict[str, str] = {}
    for word in filter(None, token.removeprefix("tok_").split("-")):
        act, separator, outcome = word.rpartition(":")
        outcome = outcome if outcome in OUTCOMES else "decline"
        for each in (act,) if separator else acts:
            plan[each] = outcome
    return plan


def books() -> list[Mapping[str, Any]]:
    """Return everything that the provider ever did, for tests and the demo."""
    return [json.loads(page.read_text()) for page in sorted(_folder().glob("*.json"))]


def _folder() -> Path:
    folder = Path(settings.OMS_FAKE_CARD_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _page(key: str) -> Path:
    return _folder() / f"{key.encode().hex()}.json"


def _read(key: str) -> Mapping[str, Any] | None:
    try:
        text = _page(key).read_text()
    except FileNotFoundError:
        return None
    page: Mapping[str, Any] = json.loads(text)
    return page


def _book(key: str, page: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the page of `key` unless there is one, in one step; return what stands there."""
    draft = _folder() / f".{os.getpid()}-{time.monotonic_ns()}"
    draft.write_text(json.dumps({"key": key, **page}))
    try:
        os.link(draft, _page(key))
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(key) or page


def _outcome(page: Mapping[str, Any]) -> Outcome:
    if page["declined"]:
        return Outcome(answer=Answer.DECLINED, message="The card was declined.")
    return Outcome(
        answer=Answer.SUCCEEDED,
        reference=page["reference"],
        amount=Decimal(page["amount"]),
        currency=page["currency"],
    )
