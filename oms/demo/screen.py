"""How far it is: bars on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_PLAIN_STEP_SECONDS = 5.0

Show = Callable[[str, float], None]


@contextmanager
def progress(console: Console) -> Iterator[Show]:
    """Give a function that takes words and how much is done, between 0 and 1."""
    if not console.is_terminal:
        last = time.monotonic()

        def line(words: str, share: float) -> None:
            nonlocal last
            if time.monotonic() - last >= _PLAIN_STEP_SECONDS:
                last = time.monotonic()
                console.print(f"    {words} ({share:.0%})", highlight=False)

        yield line
        return
    columns = (TextColumn("    {task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda words, share: bars.update(task, description=words, completed=share)
