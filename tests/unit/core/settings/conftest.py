"""Keys that are well formed, a folder of settings files, and a moment in time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.datafile import Fault
from core.errors import SettingsInvalid
from core.evidence.sealing import new_key
from core.settings.loader import Overrides, load
from core.settings.model import Settings

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Write = Callable[[str], Path]
Faults = Callable[..., list[Fault]]


@pytest.fixture(scope="session")
def key() -> str:
    return str(new_key().public)


@pytest.fixture(scope="session")
def recovery() -> str:
    return str(new_key().public)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a settings file."""

    def written(text: str) -> Path:
        file = tmp_path / "lifebelt.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


@pytest.fixture
def faults(write: Write) -> Faults:
    """Every fault of a settings text, and never settings."""

    def found(text: str, environ: Mapping[str, str] | None = None) -> list[Fault]:
        with pytest.raises(SettingsInvalid) as caught:
            load(write(text), environ or {}, Overrides())
        return [fault for fault in caught.value.faults if isinstance(fault, Fault)]

    return found


@pytest.fixture
def settings_of(write: Write) -> Callable[[str], Settings]:
    return lambda text: load(write(text), {}, Overrides())


@pytest.fixture
def centre(key: str, recovery: str) -> str:
    """A specialists' desk as a settings file has it."""
    return f"""
[desks.centre]
name = "Safety centre"
standing = "specialist"
url = "https://desk.example.org"
recipients = ["{key}"]
recovery = "{recovery}"
opens = "08:00"
closes = "22:00"
"""
