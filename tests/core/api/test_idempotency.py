import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from oms.core import clock, errors
from oms.core.api import idempotency, tasks
from oms.core.api.models import IdempotencyKey
from oms.core.jobs.models import Job
from tests.core.api import things
from tests.core.api.things import Effects

BODY = b'{"name": "x"}'
SIGNED_IN = "client-1 things:write"


def post(
    client: APIClient, key: str | None = "key-1", path: str = "/api/things", **extra: Any
) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(
        path,
        extra.pop("body", BODY),
        content_type="application/json",
        headers={**headers, **extra.pop("headers", {})},
        **extra,
    )


def add_job() -> None:
    Job.objects.create(kind="test", title="effect")


@pytest.fixture
def adding(effects: Effects) -> Effects:
    """Let the effect write a row, so that one can see whether it was kept."""
    effects.run = add_job
    return effects


@pytest.mark.django_db
def test_a_repeated_request_gets_the_first_answer_and_does_nothing(
    client: APIClient, adding: Effects
) -> None:
    first, second = post(client), post(client)
    assert (first.status_code, first.content) == (201, b'{"name":"x","call":1}')
    assert (second.status_code, second.content) == (201, b'{"name":"x","call":1}')
    assert second.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert adding.calls == Job.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "again",
    [
        {"body": b'{"name": "y"}'},
        {"body": b'{"name":"x"}'},
        {"path": "/api/things?dry=1"},
    ],
    ids=["other body", "other bytes", "other query"],
)
def test_a_key_stands_for_one_request_only(
    client: APIClient, adding: Effects, again: dict[str, Any]
) -> None:
    post(client)
    response = post(client, **again)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_two_documents_of_one_route_do_not_share_a_key(client: APIClient, adding: Effects) -> None:
    assert post(client, path="/api/things/1/copy").status_code == 201
    refused = post(client, path="/api/things/2/copy")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db
def test_other_callers_routes_and_keys_are_independent(client: APIClient, adding: Effects) -> None:
    post(client)
    other_caller = post(client, headers={"Authorization": "client-2 things:write"})
    other_route = post(client, path="/api/things/1/copy")
    other_key = post(client, "key-2")
    assert [r.status_code for r in (other_caller, other_route, other_key)] == [201] * 3
    assert Job.objects.count() == IdempotencyKey.objects.count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency_key_missing"),
        ("", "idempotency_key_invalid"),
        ("x" * 256, "idempotency_key_invalid"),
        ("one,two", "idempotency_key_invalid"),
        ("one, two", "idempotency_key_invalid"),
        ("with space", "idempotency_key_invalid"),
        ("ünïcode", "idempotency_key_invalid"),
        ("a\x00b", "idempotency_key_invalid"),
    ],
)
def test_a_key_is_needed_and_plain(
    client: APIClient, effects: Effects, key: str | None, code: str
) -> None:
    response = post(client, key)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert response.json()["link"] == "/api/docs/"
    assert effects.calls == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "key", ["x", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~+-{}"]
)
def test_any_visible_text_is_a_key(client: APIClient, effects: Effects, key: str) -> None:
    assert post(client, key).status_code == 201
    assert post(client, key).headers["Idempotent-Replayed"] == "true"


@pytest.mark.django_db
def test_a_refusal_leaves_nothing_behind_and_may_be_tried_again(
    client: APIClient, effects: Effects
) -> None:
    def refuse() -> None:
        add_job()
        raise errors.Conflict("Not now.")

    effects.run = refuse
    assert post(client).status_code == 409
    assert Job.objects.count() == IdempotencyKey.objects.count() == 0
    effects.run = add_job
    assert post(client).status_code == 201
    assert Job.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.django_db
def test_a_defect_leaves_nothing_behind(client: APIClient, effects: Effects) -> None:
    def fail() -> None:
        add_job()
        raise RuntimeError("defect")

    effects.run = fail
    assert post(client).status_code == 500
    assert Job.objects.count() == IdempotencyKey.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_keyed_call_costs_two_statements_of_its_own(client: APIClient, effects: Effects) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        post(client)
    own = [
        query["sql"]
        for query in captured
        if "BEGIN" not in query["sql"] and "COMMIT" not in query["sql"]
    ]
    assert len(own) == 2, own
    assert "SELECT" in own[0]
    assert own[1].startswith("INSERT")
    with CaptureQueriesContext(connection) as captured:
        post(client)
    own = [
        query["sql"]
        for query in captured
        if "BEGIN" not in query["sql"] and "COMMIT" not in query["sql"]
    ]
    assert len(own) == 1, own


def failing_once(error: BaseException, then: Callable[[], None]) -> Callable[[], None]:
    failures = [error]

    def run() -> None:
        then()
        if failures:
            raise failures.pop()

    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [errors.Raced(), OperationalError("database is locked")])
def test_a_lost_race_runs_the_whole_unit_again(
    client: APIClient, effects: Effects, error: BaseException
) -> None:
    effects.run = failing_once(error, add_job)
    response = post(client)
    assert (response.status_code, effects.calls) == (201, 2)
    assert Job.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_loses_every_race_is_told_to_come_back(client: APIClient, effects: Effects) -> None:
    def lose() -> None:
        add_job()
        raise errors.Raced

    effects.run = lose
    response = post(client)
    assert (response.status_code, response.json()["code"]) == (409, "busy")
    assert response.headers["Retry-After"] == "1"
    assert effects.calls > 1
    assert Job.objects.count() == IdempotencyKey.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rival_who_stored_the_key_meanwhile_is_answered_for(
    client: APIClient, effects: Effects
) -> None:
    """The rival's commit falls between our look-up and our insertion."""
    post(client)
    stored = IdempotencyKey.objects.get()
    stored.delete()
    effects.calls = 0
    Job.objects.all().delete()

    def rival_first() -> None:
        add_job()
        if effects.calls == 1:
            # What the database says when the rival's row is there; then it is.
            raise IntegrityError(
                "UNIQUE constraint failed: core_idempotencykey.caller, core_idempotencykey.route,"
                " core_idempotencykey.key"
            )

    original = idempotency._find

    def find(call: Any) -> Any:
        if effects.calls == 1:
            stored.pk = None
            stored.save(force_insert=True)
        return original(call)

    effects.run = rival_first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idempotency, "_find", find)
        response = post(client)
    assert (response.status_code, response.json()["call"]) == (201, 1)
    assert response.headers["Idempotent-Replayed"] == "true"
    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_old_keys_are_forgotten(client: APIClient, effects: Effects) -> None:
    for key in ("old", "young"):
        post(client, key)
    IdempotencyKey.objects.filter(key="old").update(
        created_at=clock.now() - timedelta(days=7, seconds=1)
    )
    IdempotencyKey.objects.filter(key="young").update(
        created_at=clock.now() - timedelta(days=6, hours=23)
    )
    assert tasks.purge_keys() == 1
    assert [key.key for key in IdempotencyKey.objects.all()] == ["young"]
    assert idempotency.purge() == 0


# Real rivals --------------------------------------------------------------------------------------


@pytest.fixture
def rivals(transactional_db: None, effects: Effects) -> Iterator[Callable[[int], list[Any]]]:
    """Give a function that sends the same keyed request so many times at once, each on a connection of its own."""

    def send(number: int) -> Any:
        client = APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=SIGNED_IN)
        try:
            return post(client)
        finally:
            connections.close_all()

    with override_settings(ROOT_URLCONF=things.__name__), ThreadPoolExecutor(32) as pool:
        yield lambda count: list(pool.map(send, range(count)))


def test_one_key_sent_many_times_at_once_has_one_effect(
    rivals: Callable[[int], list[Any]], effects: Effects
) -> None:
    effects.run = add_job
    for _ in range(3):
        answers = rivals(32)
        assert {answer.status_code for answer in answers} <= {201, 409}
        done = [answer.content for answer in answers if answer.status_code == 201]
        assert done
        assert len(set(done)) == 1
        assert all(
            (answer.json()["code"], answer.headers["Retry-After"]) == ("key_in_flight", "1")
            for answer in answers
            if answer.status_code == 409
        )
    assert Job.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.pg
def test_without_the_stored_key_the_rivals_would_all_have_an_effect(
    rivals: Callable[[int], list[Any]], effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the look-up and the insertion taken away, the same rivals do it many times."""
    monkeypatch.setattr(idempotency, "_find", lambda call: None)
    monkeypatch.setattr(idempotency, "_store", lambda call, status, body: None)
    effects.run = add_job
    assert {answer.status_code for answer in rivals(8)} == {201}
    assert Job.objects.count() == 8


@pytest.mark.pg
def test_a_request_that_comes_while_the_first_is_worked_on_is_told_so_at_once(
    client: APIClient, transactional_db: None, effects: Effects
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        add_job()
        inside.set()
        assert go_on.wait(20)

    effects.run = slow
    answers: list[Any] = []

    def first() -> None:
        sender = APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=SIGNED_IN)
        answers.append(post(sender))
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(20)
        in_flight = post(client)
        other_key = post_without_waiting(client, effects)
    finally:
        go_on.set()
        thread.join(20)
    assert (in_flight.status_code, in_flight.json()["code"]) == (409, "key_in_flight")
    assert in_flight.headers["Retry-After"] == "1"
    assert other_key.status_code == 201
    assert answers[0].status_code == 201
    again = post(client)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (answers[0].content, "true")


def post_without_waiting(client: APIClient, effects: Effects) -> Any:
    effects.run = add_job
    return post(client, "key-2")


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_a_rival_who_commits_before_our_insertion_is_answered_for(
    client: APIClient, effects: Effects
) -> None:
    """Without its lock, the first request stores its answer while ours is at work: the constraint stops ours."""
    meanwhile: list[Any] = []

    def rival() -> None:
        sender = APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=SIGNED_IN)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(idempotency._Call, "lock", 1)
                meanwhile.append(post(sender))
        finally:
            connections.close_all()

    def overtaken() -> None:
        add_job()
        if effects.calls == 1:
            thread = threading.Thread(target=rival)
            thread.start()
            thread.join(20)

    effects.run = overtaken
    response = post(client)
    assert meanwhile[0].status_code == 201
    assert (response.content, response.headers["Idempotent-Replayed"]) == (
        meanwhile[0].content,
        "true",
    )
    assert Job.objects.count() == IdempotencyKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_call_inside_an_open_transaction_still_takes_back_its_own_refusal(
    client: APIClient, effects: Effects
) -> None:
    def refuse() -> None:
        add_job()
        raise errors.Conflict

    effects.run = refuse
    with transaction.atomic():
        assert post(client).status_code == 409
        assert Job.objects.count() == 0


@pytest.mark.django_db
def test_a_key_used_for_another_channel_is_refused(client: APIClient, adding: Effects) -> None:
    first = post(client, headers={"OMS-Channel": "shop"})
    again = post(client, headers={"OMS-Channel": "shop"})
    other = post(client, headers={"OMS-Channel": "market"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert adding.calls == 1
