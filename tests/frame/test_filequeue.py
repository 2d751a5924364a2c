"""Messages in files are shown whole, and taken once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

import oms.celery  # noqa: F401  # says what filesystem:// stands for


@contextmanager
def channel(transport: str, folder: Path) -> Iterator[Any]:
    """Open a channel on a folder."""
    options = {name: str(folder) for name in ("data_folder_in", "data_folder_out")}
    options["control_folder"] = str(folder / "control")
    with Connection(
        "filesystem://localhost", transport=transport, transport_options=options
    ) as connection:
        yield connection.default_channel


class Curious:
    """A message that looks into the queue while it is being written."""

    def __init__(self, look: Callable[[], object]) -> None:
        self.look = look
        self.seen: list[str] = []

    def __json__(self) -> str:
        try:
            self.look()
        except (Empty, json.JSONDecodeError) as error:
            self.seen.append(type(error).__name__)
        return "whole"


@pytest.mark.parametrize(
    ("transport", "seen"),
    [
        ("filesystem", "Empty"),
        ("kombu.transport.filesystem:Transport", "JSONDecodeError"),
    ],
    ids=["ours", "as it would be without"],
)
def test_nobody_sees_half_a_message(tmp_path: Path, transport: str, seen: str) -> None:
    with channel(transport, tmp_path) as opened:
        message = Curious(lambda: opened._get("oms"))
        opened._put("oms", message)

    assert message.seen == [seen]


def test_messages_of_a_queue_are_taken_once(tmp_path: Path) -> None:
    with channel("filesystem", tmp_path) as opened:
        for number in range(3):
            opened._put("oms", {"number": number})
            opened._put("another", {"number": 99})
        assert opened._size("oms") == 3
        taken = sorted(opened._get("oms")["number"] for _ in range(3))
        with pytest.raises(Empty):
            opened._get("oms")

    assert taken == [0, 1, 2]
