"""`manage.py import_orders`, as a person or a nightly job uses it."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from oms.core.jobs.models import Job
from orders.channels.models import Channel
from orders.importing import queries
from orders.importing.models import ImportMapping
from orders.ordering.models import Order
from tests.orders.factories import ChannelFactory
from tests.orders.importing.files import everything, shop, upload

pytestmark = pytest.mark.django_db

Import = Callable[..., str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file with two orders and a bad row in the second."""
    path = tmp_path / "orders.csv"
    rows = ({}, {"external_id": "A-2"}, {"external_id": "A-2", "quantity": "0"})
    path.write_bytes(upload(*rows).getvalue())
    return path


@pytest.fixture
def channel() -> Channel:
    return shop(code="web")


def said(*arguments: object) -> str:
    out = io.StringIO()
    call_command("import_orders", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_says_what_was_taken_and_what_not(path: Path, channel: Channel) -> None:
    out = said(path, "--channel", "web")
    assert "row 4 (A-2) quantity_zero: quantity: Quantity 0: there is nothing to send." in out
    assert "1 orders placed (1 rows), 0 already imported (0 rows), 2 of 3 rows refused." in out
    assert "0 orders placed (0 rows), 1 already imported (1 rows)" in said(path, "--channel", "web")
    assert Order.objects.count() == 1


def test_bad_rows_are_set_aside_on_request(path: Path, channel: Channel, tmp_path: Path) -> None:
    errors = tmp_path / "errors.csv"
    out = said(path, "--channel", "web", "--skip-bad-rows", "--errors", errors)
    assert "2 orders placed (2 rows)" in out
    assert len(errors.read_text("utf-8-sig").splitlines()) == 2


def test_it_reports_as_json(path: Path, channel: Channel) -> None:
    report = json.loads(said(path, "--channel", "web", "--json"))
    assert (report["state"], report["orders"], report["rows_refused"]) == ("done", 1, 2)
    assert report["reasons"] == {"order_refused": 1, "quantity_zero": 1}


def test_a_dry_run_stores_nothing_at_all(path: Path, channel: Channel) -> None:
    before = everything()
    out = said(path, "--channel", "web", "--dry-run", "--skip-bad-rows")
    assert "Nothing was stored. 2 orders would be placed (2 rows)" in out
    report = json.loads(said(path, "--channel", "web", "--dry-run", "--json"))
    assert report["orders"] == {"ok": 1, "failed": 1}
    assert [row["row"] for row in report["outcomes"]] == [2, 3, 4]
    assert everything() == before
    assert not Job.objects.exists()


def test_columns_are_mapped_and_defaults_given_on_the_command_line(
    tmp_path: Path, channel: Channel
) -> None:
    path = tmp_path / "baskets.csv"
    path.write_text("basket;item;quantity;value;home\n7;MUG;2;5.00;12\n")
    out = said(
        path, "--channel", "web",
        "--map", "external_id=basket", "--map", "sku=item", "--map", "line_total=value",
        "--default", "customer_name=Household {home}", "--default", "country=DE",
        "--default", "street=Torstr. 12", "--default", "city=Berlin", "--default", "postcode=10119",
    )  # fmt: skip
    assert "1 orders placed" in out
    order = Order.objects.get()
    assert order.customer_name == "Household 12"
    assert order.lines.get().total == 5


def test_a_kept_mapping_is_used_by_name_and_options_win(tmp_path: Path, channel: Channel) -> None:
    ImportMapping.objects.create(
        name="till", channel=channel, columns={"external_id": "no"}, defaults={"country": "XX"}
    )
    path = tmp_path / "till.csv"
    text = upload({}).getvalue().decode().replace("external_id", "no").replace(",DE,", ",,")
    path.write_text(text)
    seen = said(path, "--channel", "web", "--mapping", "till", "--dry-run")
    assert "(A-1) failed unknown_country" in seen
    out = said(path, "--channel", "web", "--mapping", "till", "--default", "country=DE")
    assert "1 orders placed" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-file.csv", "--channel", "web"], "cannot be opened"),
        (["{path}", "--channel", "nowhere"], "There is no active channel nowhere. There are: web."),
        (["{path}"], "Name a file and"),
        (["{path}", "--channel", "web", "--mapping", "x"], "There is no mapping x"),
        (["{path}", "--channel", "web", "--map", "sku"], "--map takes OUR="),
        (["{path}", "--channel", "web", "--map", "sku=item"], "The file has no column item"),
        (["{path}", "--channel", "web", "--time-zone", "Mars"], "A time zone is named like"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    path: Path, channel: Channel, arguments: list[str], words: str
) -> None:
    before = everything()
    with pytest.raises(CommandError, match=words.replace("(", r"\(")):
        said(*(argument.format(path=path) for argument in arguments))
    assert everything() == before


def test_a_mapping_of_another_channel_is_refused(path: Path, channel: Channel) -> None:
    ImportMapping.objects.create(name="till", channel=ChannelFactory.create())
    with pytest.raises(CommandError, match="belongs to another channel"):
        said(path, "--channel", "web", "--mapping", "till")


def test_all_wrong_columns_are_listed(tmp_path: Path, channel: Channel) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("external_id,qty,item\nA,1,MUG\n")
    with pytest.raises(CommandError) as caught:
        said(path, "--channel", "web")
    for name in ("/quantity", "/sku", "/customer_name", "/country", "/qty", "/item"):
        assert f"  {name}: " in str(caught.value)


def test_the_template_is_printed() -> None:
    assert said("--template") == queries.template()
