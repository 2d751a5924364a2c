"""`manage.py check_invariants`: prove what must hold; exit code 1 when something does not."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from oms.reporting.invariants import services
from oms.reporting.invariants.services import Result


class Command(BaseCommand):
    """Read-only; shows the first offenders of each check."""

    help = "Check every invariant of the data on one snapshot; exits with 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--json`."""
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks and print what they found."""
        results = services.run()
        if options["json"]:
            self.stdout.write(json.dumps([_plain(result) for result in results], default=str))
        else:
            self._write(results)
        if not all(result.holds for result in results):
            sys.exit(1)

    def _write(self, results: list[Result]) -> None:
        for result in results:
            check = result.check
            mark = self.style.SUCCESS("ok  ") if result.holds else self.style.ERROR("FAIL")
            self.stdout.write(f"{mark} {check.invariant:<3} {check.name} ({result.seconds:.2f} s)")
            if not result.holds:
                self.stdout.write(f"         {check.says} Not so here:")
            for row in result.offenders:
                words = ", ".join(f"{name}={value}" for name, value in row.items())
                self.stdout.write(f"         {words}")
            if result.more:
                self.stdout.write("         and more")
        broken = sum(not result.holds for result in results)
        self.stdout.write(f"{len(results)} checks, {broken} broken.")


def _plain(result: Result) -> dict[str, Any]:
    return {
        "invariant": result.check.invariant,
        "check": result.check.name,
        "says": result.check.says,
        "holds": result.holds,
        "offenders": list(result.offenders),
        "more": result.more,
        "seconds": round(result.seconds, 3),
    }
