"""`manage.py state_diagrams`: write docs/states.md from the transition tables, or check that it is current."""

import difflib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from oms.reporting import diagrams


class Command(BaseCommand):
    """Touches the file only when its content would change."""

    help = "Write docs/states.md: one Mermaid diagram per transition table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--check`."""
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit with 1 when the file is old"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        wanted = diagrams.document()
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if present == wanted:
            self.stdout.write("docs/states.md is current.")
            return
        if options["check"]:
            lines = difflib.unified_diff(
                present.splitlines(), wanted.splitlines(), "docs/states.md", "tables", lineterm=""
            )
            self.stdout.write("\n".join(lines))
            self.stderr.write("docs/states.md is old: run manage.py state_diagrams.")
            sys.exit(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted, encoding="utf-8")
        self.stdout.write("docs/states.md is written.")
