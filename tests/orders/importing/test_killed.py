"""An import whose process is killed, again and again, at no chosen moment."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from inventory.stock.models import Level
from oms.core.actors import SYSTEM
from oms.core.jobs.models import Job, JobRow, JobState
from orders.importing import services
from orders.ordering.models import Order
from tests.orders.importing.files import mug, shop, upload

ORDERS = 60
KILLS = 4

# The child is told the test's own database and folder, and then behaves as a worker does.
_CHILD = """
import json, sys
import django
from django.conf import settings
given = json.loads(sys.argv[1])
settings.DATABASES["default"].update(given["database"])
settings.MEDIA_ROOT = given["media"]
django.setup()
from datetime import timedelta
from oms.core.jobs import services as jobs
from orders.importing import services
jobs.LEASE = timedelta(seconds=0)
print("ready", flush=True)
services.run()
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_import_killed_in_the_middle_goes_on_and_takes_each_row_once() -> None:
    rows = [{"external_id": f"A-{n}"} for n in range(ORDERS)]
    job = services.start(file=upload(*rows), channel=shop(units=ORDERS), actor=SYSTEM)
    given = json.dumps(
        {
            "database": {"NAME": str(connection.settings_dict["NAME"])},
            "media": str(settings.MEDIA_ROOT),
        }
    )
    landed = 0
    for _ in range(KILLS):
        before = JobRow.objects.count()
        child = _start(given)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        until = time.monotonic() + 20
        while JobRow.objects.count() < before + 3 and time.monotonic() < until:
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        time.sleep(0.2)  # a COMMIT that the server had received may still be carried out
        job.refresh_from_db()
        landed += job.state == JobState.RUNNING
        assert Order.objects.count() == JobRow.objects.count() == job.done
        assert Level.objects.get(sku=mug()).committed == job.done
    assert landed, "no kill hit a running import"
    child = _start(given)
    child.communicate(timeout=60)
    job.refresh_from_db()
    assert (job.state, job.done, job.failed, job.skipped) == (JobState.DONE, ORDERS, 0, 0)
    assert Order.objects.count() == JobRow.objects.count() == ORDERS
    assert Level.objects.get(sku=mug()).committed == ORDERS
    assert Job.objects.count() == 1


def _start(given: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, given],
        cwd=Path(settings.BASE_DIR),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        stdout=subprocess.PIPE,
    )
