"""What the launchers share: free ports, folders that a service user may enter, children that end with us."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 60
STOP_SECONDS = 20


class NoServer(RuntimeError):
    """No server can be had; the message says what to do."""


def embedded_only() -> bool:
    """Return whether servers that are given or run on this machine are to be ignored."""
    return os.environ.get("OMS_TEST_SERVERS") == "embedded"


def free_port() -> int:
    """Return a port on the loopback address that nothing uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """The account that a server runs as: ourselves, or `nobody` when we are root."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> "ServiceUser":
        """Return the account to use here."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def is_other(self) -> bool:
        """Return whether this is not the account that we run as."""
        return self.uid != os.geteuid()

    def popen_arguments(self) -> dict[str, Any]:
        """Return what subprocess needs to run as this account."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, test: str, path: Path) -> bool:
        """Return whether this account passes the shell's `test` (-x, -w, ...) on `path`."""
        command = ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)]
        done = subprocess.run(command, check=False, cwd="/", **self.popen_arguments())
        return done.returncode == 0


@contextmanager
def private_folder(prefix: str, user: ServiceUser) -> Iterator[Path]:
    """Give a new folder that `user` owns and alone may enter; remove it afterwards. Changes no right of any other."""
    tried = []
    for parent in dict.fromkeys(
        (tempfile.gettempdir(), "/tmp", "/var/tmp")
    ):  # mkdtemp makes it private
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        os.chown(folder, user.uid, user.gid)
        if user.can("-w", folder):
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return
        tried.append(parent)
        folder.rmdir()
    raise NoServer(
        f"No temporary folder can be entered by uid {user.uid}; tried {', '.join(tried)}."
    )


def die_with_parent() -> None:
    """Let the child that calls this end when its parent does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


@contextmanager
def server(
    command: Sequence[str], *, user: ServiceUser, env: Mapping[str, str], log: Path, cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` as `user` until the block ends; it also ends when this process dies."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **user.popen_arguments(),
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait()
