"""The committed state diagrams are those of the tables."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from oms.core.flows import Flow
from oms.messaging.states import MESSAGE
from oms.reporting import diagrams
from orders.ordering.states import ORDER
from tests.architecture.test_flows import TABLES


def test_the_committed_page_is_current() -> None:
    call_command("state_diagrams", "--check", stdout=StringIO(), stderr=StringIO())


def test_every_table_of_the_house_is_found() -> None:
    found = [table.flow for table in diagrams.tables()]
    assert {id(flow) for flow, _ in TABLES} | {id(MESSAGE)} <= {id(flow) for flow in found}
    assert len({id(flow) for flow in found}) == len(found)


def test_a_diagram_shows_each_transition_the_start_and_the_ends() -> None:
    lines = [line.strip() for line in diagrams.diagram(ORDER).splitlines()]
    assert lines[:2] == ["stateDiagram-v2", "[*] --> draft"]
    assert "confirmed --> cancelled: cancel" in lines
    assert {line for line in lines if line.endswith("--> [*]")} == {
        "completed --> [*]",
        "cancelled --> [*]",
    }
    assert len(lines) == 2 + len(ORDER.table) + len(ORDER.final)


def test_an_old_page_is_noticed_and_written_anew(
    settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "states.md"
    page.write_text("# old\n", encoding="utf-8")
    flow = Flow("thing", initial="a", table={("a", "go_on"): "b"}, final=frozenset({"b"}))
    monkeypatch.setattr(diagrams, "tables", lambda: iter([diagrams.Table(flow, "x.states", "A.")]))
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]  # pytest-django's fixture
    with pytest.raises(SystemExit) as ended:
        call_command("state_diagrams", "--check", stdout=StringIO(), stderr=StringIO())
    assert ended.value.code == 1
    assert page.read_text(encoding="utf-8") == "# old\n"
    call_command("state_diagrams", stdout=StringIO())
    assert "a --> b: go on" in page.read_text(encoding="utf-8")
    call_command("state_diagrams", "--check", stdout=StringIO(), stderr=StringIO())
