import io
import json

import pytest
from django.core.management import CommandError, call_command

from inventory.planning import errors, files
from inventory.planning.autoets import AutoEts
from inventory.planning.files import Columns
from inventory.planning.rules.series import Week

HEAD = "product_id,week,quantity\n"


def read(text: str, columns: Columns | None = None) -> files.Read:
    return files.read(io.StringIO(text), columns or Columns())


def test_a_week_that_is_missing_is_one_without_demand() -> None:
    found = read(HEAD + "A,3,2\nA,5,4\nB,2,1\n")

    assert found.series == {
        "A": [Week(0), Week(2), Week(0), Week(4)],
        "B": [Week(1), Week(0), Week(0), Week(0)],
    }


def test_rows_of_one_week_are_added_and_returns_taken_off() -> None:
    assert read(HEAD + "A,1,2\nA,1,3\nA,2,-1\n").series == {"A": [Week(5), Week(0)]}


def test_a_bad_row_is_told_of_and_left_out() -> None:
    found = read(HEAD + "A,1,2\nA,one,2\n,2,2\nA,2\n")

    assert found.series == {"A": [Week(2)]}
    assert found.faults == [
        "Line 3: week and units are not numbers.",
        "Line 4: it names no item.",
        "Line 5: week and units are not numbers.",
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", HEAD, HEAD + "A,1,1\nA,999,1\n"])
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(errors.SeriesUnreadable):
        read(text)


def test_columns_may_be_called_otherwise() -> None:
    assert read("sku,w,n\nA,1,2\n", Columns("sku", "w", "n")).series == {"A": [Week(2)]}


def test_the_command_says_how_good_the_forecasts_are(tmp_path) -> None:
    path = tmp_path / "demand.csv"
    rows = [f"A,{week},{10 + week % 2 * 8}" for week in range(40)]
    path.write_text(HEAD + "\n".join(rows))
    out = io.StringIO()

    call_command("forecast_file", str(path), "--json", stdout=out)

    figures = json.loads(out.getvalue())["figures"]
    assert figures["chosen"]["series"] == 1
    assert figures["chosen"]["rmsse"] < 0.6 < figures["last value"]["rmsse"]


def test_without_the_extra_autoets_is_refused_in_words(tmp_path) -> None:
    path = tmp_path / "demand.csv"
    path.write_text(HEAD + "A,1,2\n")

    with pytest.raises(errors.EngineMissing):
        AutoEts()
    with pytest.raises(CommandError, match="needs the package statsforecast"):
        call_command("forecast_file", str(path), "--autoets")
