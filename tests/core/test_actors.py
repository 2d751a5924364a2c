"""Who did it, as it is kept."""

from oms.accounts.models import User
from oms.core.actors import LONGEST, SYSTEM, Actor


def test_an_actor_is_written_with_kind_and_name() -> None:
    assert str(Actor("api", "7", "web shop")) == "api:web shop"
    assert str(SYSTEM) == "system:system"


def test_a_member_of_staff_with_the_longest_name_fits_where_actors_are_kept() -> None:
    user = User(pk=1, username="u", first_name="a" * 150, last_name="b" * 150)

    actor = Actor.of_user(user)

    assert actor.name == "a" * LONGEST
    assert str(actor) == "staff:" + "a" * (LONGEST - len("staff:"))


def test_a_member_of_staff_without_a_name_is_known_by_his_username() -> None:
    assert Actor.of_user(User(pk=1, username="ada")).name == "ada"
