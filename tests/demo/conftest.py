"""A folder of their own for what the demo notes, and gateways' books that end with the test."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    """Give the folder that takes the place of `var/`."""
    settings.VAR_DIR = tmp_path
    settings.OMS_FAKE_CARD_DIR = tmp_path / "fake_card"
    return tmp_path
