"""The queue: every task is found, the schedule names real tasks, and a real worker works the outbox off."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from oms.celery import SCHEDULE, app, beat_schedule, task_packages

ROOT = Path(__file__).resolve().parents[2]


def test_every_tasks_module_is_found_wherever_its_topic_lies() -> None:
    apps = ("oms", "customers", "inventory", "orders", "fulfillment", "returns")
    files = {file for name in apps for file in (ROOT / name).glob("**/tasks.py")}
    expected = {".".join(file.parent.relative_to(ROOT).parts) for file in files}
    assert set(task_packages()) == expected
    assert "oms.core.outbox" in expected


def test_the_schedule_names_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    assert {task for task, _ in SCHEDULE} <= set(app.tasks)
    assert len({task for task, _ in SCHEDULE}) == len(SCHEDULE)


def test_a_scheduled_message_that_waited_too_long_is_dropped() -> None:
    rows = beat_schedule((("a.often", 1), ("b.seldom", 3600)))
    assert rows["a.often"]["options"] == {"expires": 5}
    assert rows["b.seldom"] == {"task": "b.seldom", "schedule": 3600, "options": {"expires": 3600}}


def test_a_task_is_given_back_when_its_worker_dies_and_is_never_pickled() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_time_limit > app.conf.task_soft_time_limit
    assert settings.CELERY_TASK_IGNORE_RESULT


def run(environment: dict[str, str], code: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


WAITING = (
    "from oms.core.outbox.models import Event\n"
    "Event.objects.create(name='frame.waited.v1', aggregate='frame', aggregate_id='1', sequence=1, payload={})"
)
STATE = "from oms.core.outbox.models import Event; print(Event.objects.get().state)"


def works_off_the_outbox(environment: dict[str, str]) -> str:
    """Start a worker with beat, as the demo does, and return the state of a waiting event in the end."""
    migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    run(environment, WAITING)
    assert run(environment, STATE) == "pending"
    command = ["-m", "celery", "--app", "oms.celery", "worker", "--beat", "--pool", "threads"]
    worker = subprocess.Popen(
        [sys.executable, *command, "--concurrency", "2", "--loglevel", "WARNING"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        state = "pending"
        while state == "pending" and time.monotonic() < until:
            assert worker.poll() is None, "the worker ended by itself"
            state = run(environment, STATE)
    finally:
        worker.terminate()
        worker.wait(timeout=60)
    return state


def bare(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "OMS_VAR": str(folder)}


@pytest.mark.slow
def test_worker_and_beat_work_on_files(tmp_path: Path) -> None:
    assert works_off_the_outbox(bare(tmp_path)) == "relayed"


@pytest.mark.slow
@pytest.mark.redis
def test_worker_and_beat_work_on_a_real_redis(tmp_path: Path, redis_url: str) -> None:
    assert works_off_the_outbox({**bare(tmp_path), "REDIS_URL": redis_url}) == "relayed"
    assert not list((tmp_path / "queue").glob("**/*.msg"))
