"""Try the forecasts on a file of weekly demand."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from inventory.planning import files
from inventory.planning.autoets import AutoEts
from inventory.planning.files import Columns, Read
from inventory.planning.rules import comparing, forecasting
from inventory.planning.rules.accuracy import Summary
from oms.core.errors import DomainError

_FIGURES = ("wape", "mase", "rmsse", "bias", "coverage")


class Command(BaseCommand):
    """Try the forecasts on a file of weekly demand."""

    help = (
        "Forecast each of the last weeks of every series in a CSV file from the weeks before it, and say how good that"
        " was: what we choose, beside the last value and moving averages. Nothing is stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", help="the file; - reads standard input")
        parser.add_argument("--item", default="product_id", help="column of the item")
        parser.add_argument("--week", default="week", help="column of the week, a whole number")
        parser.add_argument("--units", default="quantity", help="column of the units")
        parser.add_argument(
            "--tested",
            type=int,
            default=forecasting.TESTED,
            help=f"weeks that are tested (default: {forecasting.TESTED})",
        )
        parser.add_argument(
            "--autoets", action="store_true", help="AutoETS as well; needs the extra `planning`"
        )
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, compare, print."""
        if options["tested"] < 1:
            raise CommandError("At least one week is tested.")
        started = time.monotonic()
        try:
            found = _read(
                options["file"], Columns(options["item"], options["week"], options["units"])
            )
            engines = [AutoEts()] if options["autoets"] else []
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except DomainError as error:
            raise CommandError(error.detail) from error
        for fault in found.faults:
            self.stderr.write(fault)
        figures = comparing.compare(
            list(found.series.values()), tested=options["tested"], engines=engines
        )
        seconds = time.monotonic() - started
        if options["json"]:
            said = {name: asdict(each) for name, each in figures.items()}
            self.stdout.write(json.dumps({"seconds": round(seconds, 2), "figures": said}, indent=2))
            return
        self._print(figures, seconds)

    def _print(self, figures: Mapping[str, Summary], seconds: float) -> None:
        chosen = figures[comparing.CHOSEN]
        table = Table(
            title=f"{chosen.series} series in {seconds:.1f} s; the interval is to hold {forecasting.LEVEL:.0%}"
        )
        table.add_column("method")
        for name in _FIGURES:
            table.add_column(
                name.upper() if name in ("wape", "mase", "rmsse") else name, justify="right"
            )
        for method, each in figures.items():
            table.add_row(method, *(_written(name, getattr(each, name)) for name in _FIGURES))
        Console(file=self.stdout, width=100).print(table)  # type: ignore[arg-type]  # it writes text


def _read(name: str, columns: Columns) -> Read:
    if name == "-":
        return files.read(sys.stdin, columns)
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        return files.read(file, columns)


def _written(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "coverage":
        return f"{value:.1%}"
    return f"{value:+.1%}" if name == "bias" else f"{value:.3f}"
