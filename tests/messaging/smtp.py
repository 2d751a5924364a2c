"""A mail server on the loopback address that behaves as it is told, at the byte level."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

Step = Literal["connect", "sender", "recipient", "data", "accept"]


@dataclass
class MailServer:
    """What the server does, and what reached it."""

    host: str = "127.0.0.1"
    port: int = 0
    # Answers given instead of 250, by step and in turn; an empty answer cuts the connection.
    answers: dict[Step, list[str]] = field(default_factory=dict)
    accepted: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    conversations: int = 0

    def answer(self, step: Step, usual: str) -> str:
        """Take the next answer for `step`."""
        planned = self.answers.get(step)
        return planned.pop(0) if planned else usual


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: MailServer = self.server.fake  # type: ignore[attr-defined]  # set in `running`
        server.conversations += 1
        if not self._say(server.answer("connect", "220 fake ready")):
            return
        recipients: list[str] = []
        while line := self.rfile.readline(4096):
            command = line.decode().strip()
            word = command.split(" ")[0].split(":")[0].upper()
            if word in {"EHLO", "HELO"}:
                self._say("250 fake")
            elif word == "MAIL":
                recipients = []
                if not self._say(server.answer("sender", "250 sender ok")):
                    return
            elif word == "RCPT":
                reply = server.answer("recipient", "250 recipient ok")
                if reply.startswith("250"):
                    recipients.append(command.split("<")[1].split(">")[0])
                if not self._say(reply):
                    return
            elif word == "DATA":
                reply = server.answer("data", "354 go on")
                if not self._say(reply):
                    return
                if not reply.startswith("354"):
                    continue
                body = self._body()
                reply = server.answer("accept", "250 taken")
                if reply.startswith("250"):
                    message = message_from_bytes(body, policy=policy.default)
                    assert isinstance(message, EmailMessage)
                    server.accepted.append(message)
                    server.recipients.extend(recipients)
                if not self._say(reply):
                    return
                if reply.endswith("and hang up"):
                    return
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, reply: str) -> bool:
        if not reply:
            return False
        self.wfile.write(f"{reply}\r\n".encode())
        return True

    def _body(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def running(fake: MailServer | None = None) -> Iterator[MailServer]:
    """Listen on a free loopback port until the end of the block."""
    fake = fake or MailServer()
    with _Listener((fake.host, 0), _Conversation) as listener:
        listener.fake = fake  # type: ignore[attr-defined]  # read by the conversations
        fake.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            listener.shutdown()
            thread.join()
