"""An import that meets rivals."""

import pytest
from django.db import connection

from oms.core.actors import SYSTEM
from oms.core.jobs.models import Job, JobRow, JobState
from orders.importing import services
from orders.ordering.models import Order
from tests.core.test_locking import held_by_a_rival
from tests.orders.importing.files import mug, shop, upload

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def test_an_order_whose_stock_a_rival_holds_is_taken_by_the_next_run_and_not_refused() -> None:
    job = services.start(file=upload({}), channel=shop(), actor=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20ms'")

    with held_by_a_rival(mug().levels.get()):
        services.run(job_id=job.pk)

    job.refresh_from_db()
    assert (job.state, job.failed, job.done) == (JobState.QUEUED, 0, 0)
    assert not Order.objects.exists()
    assert not JobRow.objects.exists()

    services.run(job_id=job.pk)

    assert Order.objects.get().external_id == "A-1"
    done = Job.objects.get()
    assert (done.state, done.failed, done.done) == (JobState.DONE, 0, 1)
    connection.close()
