"""The queue of the embedded system: one file per message in `var/queue`, shown whole or not at all.

kombu's own transport opens the file under its name and writes it afterwards. A worker that looks in between takes an
empty message, cannot read it, and ends. Here a message is written aside and renamed.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts messages in one step."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # the name is kombu's
        """Put a message; its name says when it came, which is the order in which it is taken."""
        own = uuid.uuid4().hex
        folder = Path(self.data_folder_out)
        aside = folder / own  # a name that no queue has
        aside.write_bytes(str_to_bytes(dumps(payload)))
        aside.rename(folder / f"{round(monotonic() * 1000)}_{own}.{queue}.msg")


class Transport(filesystem.Transport):
    """kombu's transport with our channel."""

    Channel = Channel
