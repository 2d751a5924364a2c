"""Wrong passwords are counted."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from oms.accounts import signing_in
from oms.accounts.models import User

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
RIGHT = "correct horse battery"


@pytest.fixture(autouse=True)
def _a_person() -> None:
    User.objects.create_user("ada", password=RIGHT, is_staff=True)


def sign_in(password: str, *, name: str = "ada", network: str = "192.0.2.1", **kw: Any) -> Any:
    return Client().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=network, **kw)


def test_after_ten_wrong_passwords_even_the_right_one_waits() -> None:
    wrong = [sign_in("wrong").status_code for _ in range(signing_in.PAIR.most)]

    refused = sign_in(RIGHT)

    assert wrong == [200] * 10
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= signing_in.PAIR.seconds
    assert b"Too many wrong passwords" in refused.content
    assert not Session.objects.exists()


def test_another_spelling_or_a_forged_address_is_the_same_pair() -> None:
    for _ in range(signing_in.PAIR.most):
        sign_in("wrong")

    assert sign_in(RIGHT, name=" ADA ").status_code == 429
    assert sign_in(RIGHT, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 429


def test_another_network_still_gets_in() -> None:
    for _ in range(signing_in.PAIR.most):
        sign_in("wrong")

    assert sign_in(RIGHT, network="192.0.2.2").status_code == 302


def test_right_passwords_do_not_count() -> None:
    answers = {sign_in(RIGHT).status_code for _ in range(signing_in.PAIR.most + 1)}

    assert answers == {302}


def test_one_network_cannot_go_through_many_names() -> None:
    for number in range(signing_in.NETWORK.most):
        sign_in("wrong", name=f"person-{number}")

    assert sign_in(RIGHT).status_code == 429
