"""Carrying files out: orders by the one door, a report per row, nothing twice, nothing left behind."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage

from inventory.catalog.models import Sku
from inventory.packs import services as packs
from inventory.packs.rules import NewPack
from oms.core.actors import SYSTEM, Actor
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job, JobRow, JobState
from orders.channels.models import Channel
from orders.importing import errors, queries, services
from orders.importing.models import ImportMapping
from orders.importing.rules.columns import Reading
from orders.ordering.models import Order, OrderKit, OrderLine
from orders.placing import services as placing
from orders.pricing.models import Price
from tests.inventory.factories import LevelFactory, kit_of
from tests.orders.factories import stocked_sku
from tests.orders.importing.files import everything, mug, shop, upload

pytestmark = pytest.mark.django_db

SKIPPING = Reading(skip_bad_rows=True)


def carry_out(file: io.BytesIO, channel: Channel, **options: Any) -> Job:
    """Start an import and run it to its end."""
    job = services.start(file=file, channel=channel, actor=SYSTEM, **options)
    done = services.run(job_id=job.pk)
    assert done is not None
    return done


def report(job: Job) -> list[tuple[int, str, str]]:
    return list(
        JobRow.objects.filter(job=job)
        .order_by("position")
        .values_list("position", "outcome", "code")
    )


def test_rows_with_one_number_become_one_order_wherever_they_stand() -> None:
    channel = shop()
    job = carry_out(
        upload({"shipping": "0"}, {"external_id": "A-2"}, {"unit_price": "5", "quantity": "2"}),
        channel,
    )
    assert job.state == JobState.DONE
    assert (job.total, job.done, job.failed, job.skipped) == (3, 3, 0, 0)
    order = Order.objects.get(external_id="A-1")
    assert order.total == Decimal("22.50")
    assert [line.ordered for line in OrderLine.objects.filter(order=order)] == [1, 2]
    assert set(
        JobRow.objects.filter(job=job, position__in=[2, 4]).values_list("reference", flat=True)
    ) == {order.number}
    level = mug().levels.get()
    assert level.committed == 4


def test_the_same_file_again_changes_nothing() -> None:
    channel = shop()
    file = upload({}, {"external_id": "A-2"}, {"external_id": "A-2", "quantity": "0"})
    carry_out(file, channel, mapping=SKIPPING)
    before = {label: n for label, n in everything().items() if not label.startswith("core.Job")}
    file.seek(0)
    again = carry_out(file, channel, mapping=SKIPPING)
    after = {label: n for label, n in everything().items() if not label.startswith("core.Job")}
    assert after == before
    assert report(again) == [
        (2, "skipped", "already_imported"),
        (3, "skipped", "already_imported"),
        (4, "failed", "quantity_zero"),
    ]


def test_an_order_taken_without_a_row_stays_the_same_order_when_the_row_becomes_good() -> None:
    channel = shop()
    file = upload({}, {"sku": "CUP"})
    assert report(carry_out(file, channel, mapping=SKIPPING)) == [
        (2, "ok", ""),
        (3, "failed", "unknown_sku"),
    ]
    stocked_sku(5, code="CUP")
    file.seek(0)
    assert [row[1] for row in report(carry_out(file, channel, mapping=SKIPPING))] == [
        "skipped",
        "skipped",
    ]
    assert OrderLine.objects.count() == 1


def test_other_content_under_a_known_number_is_refused() -> None:
    channel = shop()
    carry_out(upload({}), channel)
    job = carry_out(upload({"quantity": "2"}), channel)
    assert report(job) == [(2, "failed", "external_id_conflict")]
    assert OrderLine.objects.get().ordered == 1


def test_a_bad_row_refuses_its_own_order_only() -> None:
    job = carry_out(
        upload({}, {"quantity": "0"}, {"external_id": "A-2"}, {"external_id": "A-3", "sku": "NO"}),
        shop(),
    )
    assert report(job) == [
        (2, "failed", "order_refused"),
        (3, "failed", "quantity_zero"),
        (4, "ok", ""),
        (5, "failed", "unknown_sku"),
    ]
    assert Order.objects.get().external_id == "A-2"
    refused = JobRow.objects.get(job=job, position=2)
    assert refused.message.startswith("Its order was refused: row 3, quantity: Quantity 0")


def test_with_skip_bad_rows_the_rest_of_the_order_is_taken() -> None:
    job = carry_out(upload({}, {"quantity": "0"}, {"sku": "NO"}), shop(), mapping=SKIPPING)
    assert report(job) == [
        (2, "ok", ""),
        (3, "failed", "quantity_zero"),
        (4, "failed", "unknown_sku"),
    ]
    assert OrderLine.objects.count() == 1


def test_an_address_that_breaks_the_rules_refuses_the_order_on_a_strict_channel() -> None:
    job = carry_out(upload({"postcode": "1"}, {}), shop(), mapping=SKIPPING)
    assert [row[1] for row in report(job)] == ["failed", "failed"]
    assert not Order.objects.exists()


def test_a_shortage_refuses_the_order_where_nothing_may_be_backordered() -> None:
    job = carry_out(upload({"quantity": "3"}, {"external_id": "A-2"}), shop(units=2))
    assert report(job) == [(2, "failed", "insufficient_stock"), (3, "ok", "")]
    assert "MUG (2 of 3)" in JobRow.objects.get(job=job, position=2).message
    assert mug().levels.get().committed == 1


def test_a_shortage_is_told_where_it_may_be_backordered() -> None:
    job = carry_out(upload({"quantity": "3"}), shop(units=2, backorder_policy="allow"))
    assert JobRow.objects.get(job=job).message == "1 of 3 units wait for stock."


def test_totals_that_differ_hold_the_order_and_the_report_says_so() -> None:
    job = carry_out(upload({"total": "99"}), shop())
    assert Order.objects.get().on_hold
    assert JobRow.objects.get(job=job).message == "The order is on hold."


def test_unknown_articles_are_created_only_when_asked() -> None:
    channel = shop(backorder_policy="allow")
    file = upload({"sku": "CUP", "product_name": "Cup, red", "category": "Kitchen"})
    assert report(carry_out(file, channel)) == [(2, "failed", "unknown_sku")]
    assert not Sku.objects.filter(code="CUP").exists()
    file.seek(0)
    assert report(carry_out(file, channel, create_products=True)) == [(2, "ok", "")]
    cup = Sku.objects.select_related("product").get(code="CUP")
    assert (cup.product.name, cup.product.category) == ("Cup, red", "Kitchen")
    assert Price.objects.get(sku=cup, price_list=channel.price_list).amount == Decimal("12.50")


@pytest.mark.django_db(transaction=True)
def test_articles_of_a_refused_order_are_not_kept() -> None:
    channel = shop()
    job = carry_out(upload({"sku": "CUP"}), channel, create_products=True)
    assert report(job) == [(2, "failed", "insufficient_stock")]
    assert not Sku.objects.filter(code="CUP").exists()


def test_a_switched_off_article_is_not_created_again() -> None:
    channel = shop(backorder_policy="allow")
    Sku.objects.filter(code="MUG").update(is_active=False)
    job = carry_out(upload({}), channel, create_products=True)
    assert report(job) == [(2, "failed", "unknown_sku")]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", errors.FileEmpty),
        (b"PK\x03\x04", errors.FileUnreadable),
        (b"external_id,sku\nA,B\n", errors.ColumnsWrong),
    ],
)
def test_what_can_be_said_at_once_is_said_and_nothing_is_stored(
    content: bytes, error: type[Exception]
) -> None:
    channel = shop()
    before = everything()
    kept = default_storage.listdir("imports")[1] if default_storage.exists("imports") else []
    with pytest.raises(error):
        services.start(file=io.BytesIO(content), channel=channel, actor=SYSTEM)
    assert everything() == before
    after = default_storage.listdir("imports")[1] if default_storage.exists("imports") else []
    assert after == kept


def test_a_file_over_the_limit_is_refused_before_it_is_read_to_its_end(settings: Any) -> None:
    settings.OMS_IMPORT_MAX_BYTES = 1 << 20
    read = 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal read
            read += size
            return b"x" * size

    with pytest.raises(errors.FileTooLarge, match="1 MB"):
        services.start(file=Endless(), channel=shop(), actor=SYSTEM)  # type: ignore[arg-type]  # it reads
    assert read < 3 << 20


def test_a_file_that_breaks_off_in_a_quote_is_refused_before_its_first_order() -> None:
    file = upload({})
    broken = io.BytesIO(file.getvalue() + b'A-9,"Ada\n')
    job = carry_out(broken, shop())
    assert job.state == JobState.FAILED
    assert "Row 3" in job.error
    assert not Order.objects.exists()


def test_a_header_alone_holds_no_orders() -> None:
    header = upload().getvalue()
    job = carry_out(io.BytesIO(header), shop())
    assert (job.state, job.error) == (JobState.FAILED, "There is no row below the header.")


def test_the_upload_gets_a_random_name_and_the_report_its_own() -> None:
    job = services.start(
        file=upload({}), channel=shop(), actor=SYSTEM, name="../../etc/orders\x00.csv"
    )
    assert job.params["file"].startswith("imports/")
    assert "orders" not in job.params["file"]
    assert job.title.startswith("Import of orders")
    assert job.title.isprintable()


def test_the_job_belongs_to_the_member_of_staff_who_started_it(django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("grace")
    job = services.start(file=upload({}), channel=shop(), actor=Actor.of_user(user))
    assert job.created_by == user


def test_a_kept_mapping_reads_a_partners_file() -> None:
    channel = shop()
    mapping = ImportMapping.objects.create(
        name="partner",
        channel=channel,
        columns={"external_id": "no", "sku": "item", "line_total": "value"},
        defaults={"customer_name": "Household {home}", "country": "DE", "street": "Torstr. 12",
                  "city": "Berlin", "postcode": "10119", "shipping": "0"},
        decimal_separator=",",
        skip_bad_rows=True,
    )  # fmt: skip
    file = io.BytesIO(
        b"no;home;item;quantity;value;rebate\n7;12;MUG;3;10,00;1\n7;12;MUG;0;0,00;0\n"
    )
    job = carry_out(file, channel, mapping=mapping)
    order = Order.objects.get()
    assert (order.customer_name, order.total) == ("Household 12", Decimal(10))
    assert queries.summary(job).ignored_columns == ["rebate"]
    assert report(job) == [(2, "ok", ""), (3, "failed", "quantity_zero")]


# In pieces ----------------------------------------------------------------------------------------


def test_a_run_whose_time_is_up_is_gone_on_with() -> None:
    job = services.start(
        file=upload(*({"external_id": f"A-{n}"} for n in range(3))), channel=shop(), actor=SYSTEM
    )
    for done in (1, 2, 3):
        current = services.run(budget_seconds=0)
        assert current is not None
        assert current.done == done
        assert Order.objects.count() == done
    assert services.run() is not None
    job.refresh_from_db()
    assert (job.state, job.done, job.failed) == (JobState.DONE, 3, 0)
    assert services.run() is None


@pytest.mark.django_db(transaction=True)
def test_an_order_and_its_report_come_about_together(monkeypatch: pytest.MonkeyPatch) -> None:
    job = services.start(file=upload({}), channel=shop(), actor=SYSTEM)
    record: Callable[..., None] = jobs.record

    def dying(*args: Any, **options: Any) -> None:
        record(*args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "record", dying)
    with pytest.raises(KeyboardInterrupt):
        services.run()
    assert not JobRow.objects.exists()
    assert not Order.objects.exists()
    monkeypatch.setattr(jobs, "record", record)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=job.created_at - 2 * jobs.LEASE)
    resumed = services.run()
    assert resumed is not None
    assert (resumed.state, resumed.done, Order.objects.count()) == (JobState.DONE, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_who_has_lost_the_job_stops_before_the_next_order(monkeypatch: pytest.MonkeyPatch) -> None:
    services.start(file=upload({}, {"external_id": "A-2"}), channel=shop(), actor=SYSTEM)
    place = placing.place

    def overtaken(**options: Any) -> placing.Placed:
        placed = place(**options)
        if options["draft"].external_id == "A-2":
            Job.objects.update(claim=None)
        return placed

    monkeypatch.setattr(placing, "place", overtaken)
    assert services.run() is None
    assert Order.objects.get().external_id == "A-1"


# Dry runs -----------------------------------------------------------------------------------------


def test_a_preview_stores_nothing_and_says_what_the_import_then_does() -> None:
    channel = shop(units=3, backorder_policy="allow")
    LevelFactory.create(sku=mug(), on_hand=1)
    file = upload(
        {"quantity": "2"},
        {"external_id": "A-2", "quantity": "4", "total": "1"},
        {"external_id": "A-3", "sku": "CUP"},
        {"external_id": "A-4", "quantity": "0"},
    )
    before = everything()
    seen = list(
        services.preview(file=file, reading=Reading(), channel=channel, create_products=True)
    )
    assert everything() == before
    assert [outcome.outcome for outcome in seen] == ["ok", "ok", "ok", "failed"]
    assert [outcome.backordered for outcome in seen] == [0, 2, 1, 0]
    assert [outcome.holds for outcome in seen] == [(), ("validation",), (), ()]
    assert "2 would wait for stock" in seen[1].rows[0].message
    assert "the article would be created" in seen[2].rows[0].message

    file.seek(0)
    carry_out(file, channel, create_products=True)
    real = [
        sum(order.lines.values_list("backordered", flat=True))
        for order in Order.objects.order_by("id")
    ]
    assert real == [0, 2, 1]


def test_a_preview_counts_what_the_orders_before_would_take() -> None:
    channel = shop(units=3)
    file = upload({"quantity": "2"}, {"external_id": "A-2", "quantity": "2"})
    seen = list(services.preview(file=file, reading=Reading(), channel=channel))
    assert [outcome.outcome for outcome in seen] == ["ok", "failed"]
    assert seen[1].rows[0].code == "insufficient_stock"


def test_a_dry_run_as_a_job_keeps_its_report_alone() -> None:
    channel = shop()
    carry_out(upload({}), channel)
    before = {k: n for k, n in everything().items() if not k.startswith("core.Job")}
    job = carry_out(upload({}, {"external_id": "A-2"}), channel, dry_run=True)
    assert {k: n for k, n in everything().items() if not k.startswith("core.Job")} == before
    assert report(job) == [(2, "skipped", "already_imported"), (3, "ok", "")]
    assert queries.summary(job).dry_run


# Reports ------------------------------------------------------------------------------------------


def test_the_error_file_can_be_corrected_and_uploaded_as_it_is() -> None:
    channel = shop()
    file = upload({"note": "=ring"}, {"note": "=ring", "quantity": "0"}, {"external_id": "A-2"})
    job = carry_out(file, channel)
    written = "".join(queries.error_file(job))
    assert written.splitlines()[0].startswith("row,error,external_id,")
    assert len(written.splitlines()) == 3
    assert ",'=ring" in written
    corrected = written.replace(",MUG,0,", ",MUG,4,")
    again = carry_out(io.BytesIO(corrected.encode("utf-8-sig")), channel)
    assert report(again) == [(2, "ok", ""), (3, "ok", "")]
    order = Order.objects.get(external_id="A-1")
    assert (order.note, [line.ordered for line in order.lines.all()]) == ("=ring", [1, 4])


def test_the_summary_counts_rows_orders_and_causes() -> None:
    job = carry_out(upload({}, {"sku": "NO"}, {"external_id": "A-2"}), shop())
    found = queries.summary(job)
    assert (found.rows, found.rows_taken, found.rows_refused, found.orders) == (3, 1, 2, 1)
    assert found.reasons == {"order_refused": 1, "unknown_sku": 1}
    assert [(p.row, p.code) for p in found.problems] == [(2, "order_refused"), (3, "unknown_sku")]


def test_the_template_can_be_imported_once_its_article_exists() -> None:
    channel = shop()
    stocked_sku(5, code="MUG-BLUE")
    job = carry_out(io.BytesIO(queries.template().encode()), channel)
    assert report(job) == [(2, "ok", "")], list(JobRow.objects.values_list("message", flat=True))
    assert Order.objects.get().total == Decimal("28.90")


def test_old_uploads_are_removed_and_said_to_be(settings: Any) -> None:
    job = carry_out(upload({}, {"external_id": "A-2", "quantity": "0"}), shop())
    settings.OMS_IMPORT_KEEP_DAYS = 1
    services.purge_files()
    assert default_storage.exists(job.params["file"])
    settings.OMS_IMPORT_KEEP_DAYS = -1
    assert services.purge_files() >= 1
    with pytest.raises(errors.FileUnreadable, match="removed"):
        list(queries.error_file(job))


def test_a_kit_is_imported_and_its_waiting_parts_are_told_on_its_row() -> None:
    channel = shop(backorder_policy="allow")
    kit_of({mug(): 2, stocked_sku(1, code="TEA"): 1}, code="SET")

    rows = ({"sku": "SET", "quantity": "2", "unit_price": "30"}, {"quantity": "1"})
    seen = carry_out(upload(*rows), channel, dry_run=True)
    job = carry_out(upload(*rows), channel)

    told = dict(JobRow.objects.filter(job=seen).values_list("position", "message"))
    assert "4 MUG from" in told[2]
    assert "1 TEA would wait for stock" in told[2]
    assert told[3].startswith("1 from")
    done = dict(JobRow.objects.filter(job=job).values_list("position", "message"))
    assert done == {2: "1 of 2 units of TEA wait for stock.", 3: ""}
    assert OrderKit.objects.get().total == Decimal("60.00")


def test_a_row_may_count_in_packs() -> None:
    channel = shop(units=24)
    packs.define(sku_id=mug().pk, packs=[NewPack("CASE", 12)], actor=SYSTEM)

    job = carry_out(
        upload(
            {"quantity": "2", "unit": "CASE", "unit_price": "100"},
            {"external_id": "A-2", "unit": "BOX"},
        ),
        channel,
    )

    line = OrderLine.objects.get()
    assert (line.ordered, line.pack_price) == (24, Decimal("100.00"))
    assert report(job) == [(2, "ok", ""), (3, "failed", "unknown_unit")]
