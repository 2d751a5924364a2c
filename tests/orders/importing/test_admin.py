"""The upload page: what staff may import, what is said at once, and files that come back."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from oms.accounts import roles
from oms.core.jobs.models import Job
from orders.channels.models import Channel
from orders.importing import queries, services
from orders.importing.models import ImportMapping
from orders.ordering.models import Order
from tests.accounts.factories import signed_in
from tests.orders.factories import ChannelFactory
from tests.orders.importing.files import everything, shop, upload

pytestmark = pytest.mark.django_db

PAGE = "admin:orders_import"


@pytest.fixture
def channel() -> Channel:
    return shop()


@pytest.fixture
def client() -> Client:
    return signed_in(roles.SERVICE)


def send(client: Client, content: bytes, channel: Channel, **data: Any) -> HttpResponse:
    file = SimpleUploadedFile("orders.csv", content, content_type="text/csv")
    return client.post(reverse(PAGE), {"file": file, "channel": channel.pk, **data})


def test_a_file_is_queued_and_its_page_shown(client: Client, channel: Channel) -> None:
    answer = send(client, upload({}).getvalue(), channel)
    job = Job.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:core_job_change", args=(job.pk,))
    assert job.created_by is not None
    assert services.run() is not None
    assert Order.objects.get().external_id == "A-1"


def test_a_dry_run_places_nothing(client: Client, channel: Channel) -> None:
    send(client, upload({}).getvalue(), channel, dry_run="on")
    services.run()
    assert Job.objects.get().done == 1
    assert not Order.objects.exists()


def test_wrong_columns_are_all_named_and_nothing_is_queued(
    client: Client, channel: Channel
) -> None:
    answer = send(client, b"external_id,qty\nA,1\n", channel)
    assert answer.status_code == 422
    for words in ("column sku is missing", "column quantity is missing", "no column qty"):
        assert words in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "The file is empty"), (b"PK\x03\x04", "an Excel workbook")]
)
def test_what_is_no_table_is_said_at_once(
    client: Client, channel: Channel, content: bytes, words: str
) -> None:
    answer = send(client, content, channel)
    assert 400 <= answer.status_code < 500
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_a_mapping_reads_only_files_of_its_channel(client: Client, channel: Channel) -> None:
    mapping = ImportMapping.objects.create(name="till", channel=ChannelFactory.create())
    answer = send(client, upload({}).getvalue(), channel, mapping=mapping.pk)
    assert answer.status_code == 422
    assert "This mapping belongs to" in answer.content.decode()


@pytest.mark.parametrize(("role", "may"), [(roles.SERVICE, False), (roles.MANAGER, True)])
def test_articles_are_created_only_by_those_who_may_add_them(
    channel: Channel, role: str, may: bool
) -> None:
    send(signed_in(role), upload({}).getvalue(), channel, create_products="on")
    assert Job.objects.get().params["create_products"] is may


@pytest.mark.parametrize("role", [roles.WAREHOUSE, roles.READ_ONLY])
def test_others_may_not_import(channel: Channel, role: str) -> None:
    before = everything()
    answer = send(signed_in(role), upload({}).getvalue(), channel)
    assert answer.status_code == 403
    after = everything()
    assert after["core.Job"] == before["core.Job"] == 0


def test_the_rows_that_were_not_taken_come_back_as_a_file(client: Client, channel: Channel) -> None:
    send(client, upload({}, {"external_id": "A-2", "quantity": "0"}).getvalue(), channel)
    job = services.run()
    assert job is not None
    page = client.get(reverse(PAGE))
    address = reverse("admin:orders_import_errors", args=(job.pk,))
    assert address in page.content.decode()
    answer = client.get(address)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text == "".join(queries.error_file(job))
    assert "attachment" in answer["Content-Disposition"]
    refused = signed_in(roles.READ_ONLY).get(address)
    assert refused.status_code == 403


def test_a_job_of_another_kind_has_no_error_file(client: Client) -> None:
    job = Job.objects.create(kind="other", title="Other")
    answer = client.get(reverse("admin:orders_import_errors", args=(job.pk,)))
    assert answer.status_code == 404


def test_the_template_is_given(client: Client) -> None:
    answer = client.get(reverse("admin:orders_import_template"))
    assert answer.content.decode("utf-8-sig") == queries.template()


def test_a_mapping_with_columns_that_are_not_ours_is_refused(channel: Channel) -> None:
    client = signed_in(roles.MANAGER)
    address = reverse("admin:orders_importmapping_add")
    data = {
        "name": "till",
        "channel": channel.pk,
        "columns": '{"colour": "c"}',
        "defaults": "{}",
        "decimal_separator": ".",
        "time_zone": "UTC",
        "encoding": "",
    }
    answer = client.post(address, data)
    assert "We have no column colour" in answer.content.decode()
    assert not ImportMapping.objects.exists()
    answer = client.post(address, {**data, "columns": '{"sku": "c"}'})
    assert answer.status_code == 302
    assert ImportMapping.objects.get().columns == {"sku": "c"}


@pytest.mark.parametrize("field", ["columns", "defaults"])
@pytest.mark.parametrize(
    "typed",
    [
        "[" * 100_000,
        '{"sku": "\\u0000"}',
        '{"sku": "\\ud800"}',
        '{"sku": ' + "9" * 5000 + "}",
        '{"sku": NaN}',
        '{"sku": "a", "sku": "b"}',
    ],
    ids=["endless", "zero byte", "surrogate", "huge number", "no number", "twice"],
)
def test_a_mapping_that_no_strict_reader_takes_is_shown_again(
    channel: Channel, field: str, typed: str
) -> None:
    data = {"name": "till", "channel": channel.pk, "decimal_separator": ".", "time_zone": "UTC"}

    answer = signed_in(roles.MANAGER).post(
        reverse("admin:orders_importmapping_add"),
        {**data, "columns": '{"sku": "a"}', "defaults": "{}", field: typed},
    )

    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {field}
    assert not ImportMapping.objects.exists()
