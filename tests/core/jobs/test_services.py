"""Jobs: claims are leases, counters and rows go together, what kills its process is not tried for ever."""

import pytest
import time_machine

from oms.core import clock
from oms.core.actors import SYSTEM
from oms.core.jobs import services as jobs
from oms.core.jobs.models import Job, JobRow, JobState

pytestmark = pytest.mark.django_db


def queued(kind: str = "test.kind") -> Job:
    return jobs.create(kind=kind, title="Work", params={}, total=0, actor=SYSTEM)


def claimed() -> Job:
    queued()
    job = jobs.claim(kinds=["test.kind"])
    assert job is not None
    return job


def row(position: int, outcome: str = "ok") -> JobRow:
    return JobRow(position=position, outcome=outcome)


def test_the_oldest_job_of_the_kind_is_claimed_once() -> None:
    queued("test.other")
    first, second = queued(), queued()
    found = [jobs.claim(kinds=["test.kind"]) for _ in range(3)]
    assert [job and job.pk for job in found] == [first.pk, second.pk, None]


def test_a_claim_ends_when_nothing_was_heard_for_the_lease() -> None:
    job = claimed()
    assert jobs.claim(kinds=["test.kind"]) is None
    with time_machine.travel(clock.now() + jobs.LEASE * 1.1):
        again = jobs.claim(kinds=["test.kind"])
    assert again is not None
    assert (again.pk, again.attempts) == (job.pk, 2)
    assert again.claim != job.claim


def test_who_lost_the_claim_can_write_nothing() -> None:
    job = claimed()
    Job.objects.update(claim=None)
    for act in (
        lambda: jobs.record(job, [row(1)], cursor=1),
        lambda: jobs.finish(job),
        lambda: jobs.pause(job),
        lambda: jobs.fail(job, "no"),
        lambda: jobs.restart(job),
    ):
        with pytest.raises(jobs.ClaimLost):
            act()
    assert not JobRow.objects.exists()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.RUNNING, 0)


def test_rows_and_counters_go_together() -> None:
    job = claimed()
    jobs.record(job, [row(1), row(2, "failed"), row(3, "skipped"), row(4)], cursor=4)
    jobs.record(job, [row(5)], cursor=5)
    job.refresh_from_db()
    assert (job.done, job.failed, job.skipped, job.cursor) == (3, 1, 1, 5)
    assert JobRow.objects.filter(job=job).count() == 5


def test_a_job_that_ends_its_process_three_times_fails_visibly() -> None:
    claimed()
    at = clock.now()
    for attempt in (2, 3):
        at += jobs.LEASE * 2
        with time_machine.travel(at):
            again = jobs.claim(kinds=["test.kind"])
            assert again is not None
            assert again.attempts == attempt
    with time_machine.travel(at + jobs.LEASE * 2):
        assert jobs.claim(kinds=["test.kind"]) is None
    job = Job.objects.get()
    assert job.state == JobState.FAILED
    assert "begun 3 times" in job.error
    assert jobs.retry(job_id=job.pk)
    assert jobs.claim(kinds=["test.kind"]) is not None


def test_progress_makes_the_attempts_count_anew() -> None:
    job = claimed()
    jobs.record(job, [row(1)], cursor=1)
    job.refresh_from_db()
    assert job.attempts == 0


def test_a_paused_job_is_gone_on_with_at_its_cursor() -> None:
    job = claimed()
    jobs.record(job, [row(1)], cursor=7)
    jobs.pause(job)
    again = jobs.claim(kinds=["test.kind"])
    assert again is not None
    assert (again.pk, again.cursor) == (job.pk, 7)


def test_a_job_that_is_done_is_not_tried_again() -> None:
    job = claimed()
    jobs.finish(job, params={"said": "done"})
    job.refresh_from_db()
    assert (job.state, job.params) == (JobState.DONE, {"said": "done"})
    assert not jobs.retry(job_id=job.pk)
    assert jobs.claim(kinds=["test.kind"]) is None
