"""A topic is a folder with the same few file names everywhere, so that everything is found in ten seconds."""

import ast
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("customers", "inventory", "orders", "fulfillment", "returns")
NAMELESS = {"utils.py", "helpers.py", "managers.py", "signals.py", "misc.py", "common.py"}
AT_APP_LEVEL = {"__init__.py", "apps.py", "models.py", "admin.py", "urls.py", "events.py"}
# Runs before anything is installed, so it is one file that needs nothing of ours.
ONE_FILE = {"oms/__main__.py"}
LONGEST = 520  # lines; a file past some 400 becomes a package of verbs


def sources() -> list[Path]:
    """Return the product's Python files, migrations left out."""
    return [
        file
        for folder in ("oms", *APPS)
        for file in (ROOT / folder).rglob("*.py")
        if "migrations" not in file.parts
    ]


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [file for file in sources() if file.name in NAMELESS] == []


def test_at_app_level_stand_registries_only() -> None:
    for app in APPS:
        files = {file.name for file in (ROOT / app).glob("*.py")}
        assert files <= AT_APP_LEVEL, app


def test_every_topic_says_what_it_owns() -> None:
    for app in APPS:
        for init in (ROOT / app).glob("*/__init__.py"):
            if init.parent.name in {"migrations", "management"}:
                continue
            tree = ast.parse(init.read_text(encoding="utf-8"))
            assert ast.get_docstring(tree), init
            assert len(tree.body) == 1, f"{init} imports or defines something"


def test_no_file_has_grown_too_long() -> None:
    long = {
        name: lines
        for file in sources()
        if (name := str(file.relative_to(ROOT))) not in ONE_FILE
        and (lines := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_models_do_not_override_save_or_import_services() -> None:
    for file in sources():
        if file.name != "models.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}), file
            if isinstance(node, ast.ImportFrom):
                assert "services" not in (node.module or ""), file
                assert all(alias.name != "services" for alias in node.names), file
