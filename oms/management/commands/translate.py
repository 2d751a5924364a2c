"""Bring the catalogs in `locale/` up to date, or check that they are."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from oms import translations


class Command(BaseCommand):
    """Find what is to be translated, merge it into each django.po and compile each django.mo."""

    help = (
        "Find the texts marked for translation, merge them into locale/*/LC_MESSAGES/django.po and compile the .mo"
        " files. Needs no gettext."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --check."""
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; fail when a file is not up to date or a translation is missing.",
        )

    def handle(self, **options: Any) -> None:
        """Write or check every catalog."""
        root = Path(settings.BASE_DIR)
        sources = translations.found(root)
        wrong: list[str] = []
        for po_file in translations.po_files(root):
            catalog = translations.merged(po_file, sources)
            wrong += [
                f"{po_file.relative_to(root)}: no translation of {message!r}"
                for message in translations.missing(catalog)
            ]
            files = {
                po_file: translations.as_po(catalog),
                po_file.with_suffix(".mo"): translations.as_mo(catalog),
            }
            for path, content in files.items():
                if path.exists() and path.read_bytes() == content:
                    continue
                if options["check"]:
                    wrong.append(
                        f"{path.relative_to(root)}: not up to date; run manage.py translate"
                    )
                else:
                    path.write_bytes(content)
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{len(sources)} texts, all translated.")
