"""A sender that is killed at the worst moment."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from oms.core import clock
from oms.messaging import services
from oms.messaging.models import Message
from oms.messaging.states import MessageState
from tests.messaging import smtp

pytestmark = pytest.mark.django_db(transaction=True)

SENDER = """
import sys
import django
django.setup()
from django.conf import settings
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[2])
from oms.messaging import services
services.send_due()
"""


class Halting(smtp.MailServer):
    """A server that stops at one step until it is let go."""

    def __init__(self, step: smtp.Step) -> None:
        super().__init__()
        self.step = step
        self.reached, self.go_on = threading.Event(), threading.Event()

    def answer(self, step: smtp.Step, usual: str) -> str:
        if step == self.step and not self.go_on.is_set():
            self.reached.set()
            self.go_on.wait(20)
            return ""
        return super().answer(step, usual)


@pytest.mark.parametrize("step", ["sender", "data", "accept"])
def test_a_mail_whose_sender_is_killed_goes_out_once_after_the_lease(
    server: smtp.MailServer, queued: Callable[..., Message], step: smtp.Step
) -> None:
    message = queued()
    halting = Halting(step)
    with smtp.running(halting) as fake:
        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(connection.settings_dict["NAME"]), str(fake.port)],
            cwd=Path(settings.BASE_DIR),
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "oms.settings"},
        )
        assert halting.reached.wait(60)
        sender.send_signal(signal.SIGKILL)
        sender.wait(20)
        halting.go_on.set()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.SENDING, 1)
    assert services.send_due() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=True):
        assert services.send_due() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.SENT, 2)
    assert len(server.accepted) == 1
    assert fake.accepted == []
