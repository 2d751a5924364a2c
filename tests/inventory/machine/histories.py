"""Histories drawn by chance: `python -m tests.inventory.machine.histories SEED ...` prints what became of each.

Run like this it makes a database of its own, on SQLite, so that a run on another database can compare.
"""

import json
import random
import sys
import tempfile
from pathlib import Path

STEPS = 60


def lived(seed: int, steps: int = STEPS) -> str:
    """Live one history and return its digest; the caller takes back what it wrote."""
    from tests.inventory.machine import acts  # noqa: PLC0415  # nothing of Django before its settings are there

    return acts.history(random.Random(seed), steps).digest()


def main(seeds: list[int]) -> None:
    """Make a database in a file, live, print the digests as JSON."""
    import django  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="oms-machine-") as folder:
        settings.DATABASES["default"]["NAME"] = str(Path(folder) / "oms.sqlite3")
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"]
        call_command("migrate", verbosity=0)
        digests = {}
        for seed in seeds:
            with transaction.atomic():
                digests[seed] = lived(seed)
                transaction.set_rollback(True)
        sys.stdout.write(json.dumps(digests))
        connection.close()


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
