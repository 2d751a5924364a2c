"""State diagrams: every transition table of the house as Mermaid text, made from the tables themselves."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings

from oms.core.flows import Flow

HEAD = """\
# States

One diagram per transition table, made by `manage.py state_diagrams` from the `states.py` of each topic. Do not edit
this file: change the table and run the command; a test compares the two. An arrow is an action; what has no arrow is
refused with `invalid_transition` and the list of actions that would be legal.
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A transition table, the module that owns it, and the first line of that module's docstring."""

    flow: Flow
    module: str
    says: str


def tables() -> Iterator[Table]:
    """Yield every transition table of the `states.py` files of our apps, in the order of the apps."""
    root = Path(settings.BASE_DIR)
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if not folder.is_relative_to(root) or ".venv" in folder.parts:
            continue
        if folder == root / "oms":
            continue  # its parts are apps of their own
        for file in sorted(folder.rglob("states.py")):
            name = ".".join(file.relative_to(root).with_suffix("").parts)
            module = importlib.import_module(name)
            says = (module.__doc__ or "").partition("\n")[0]
            for value in vars(module).values():
                if isinstance(value, Flow):
                    yield Table(value, name, says)


def document() -> str:
    """Return the whole page as Markdown."""
    parts = [HEAD]
    for table in tables():
        flow = table.flow
        name = flow.name.capitalize()
        parts.append(f"\n## {name}\n\n{table.says} `{table.module}`, field `{flow.field}`.\n\n")
        parts.append(f"```mermaid\n{diagram(flow)}```\n")
    return "".join(parts)


def diagram(flow: Flow) -> str:
    """Return one table as a Mermaid state diagram, its arrows in table order."""
    lines = ["stateDiagram-v2", f"    [*] --> {flow.initial}"]
    for (source, action), target in flow.table.items():
        lines.append(f"    {source} --> {target}: {action.replace('_', ' ')}")
    lines += [f"    {state} --> [*]" for state in flow.states if state in flow.final]
    return "\n".join(lines) + "\n"
