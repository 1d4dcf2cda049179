"""Secrets come from the environment or from a file that nobody else can read."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.settings.secrets import read_secret

NAME = "LIFEBELT_ALARM_SMTP_PASSWORD"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    secret = tmp_path / "password"
    secret.write_text("correct horse\n")
    secret.chmod(0o600)
    return secret


def test_the_file_gives_the_secret_without_its_line_break(file: Path) -> None:
    assert read_secret(str(file), NAME, {}) == "correct horse"


def test_the_environment_wins(file: Path) -> None:
    assert read_secret(str(file), NAME, {NAME: "battery staple"}) == "battery staple"


def test_where_neither_is_named_there_is_none() -> None:
    assert read_secret("", NAME, {}) == ""


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(SettingsInvalid, match="can be read by others") as refused:
        read_secret(str(file), NAME, {})
    assert f"chmod 600 {file}" in str(refused.value)
    assert "horse" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_an_empty_or_unreadable_file_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsInvalid):
        read_secret(str(file), NAME, {})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        read_secret(str(tmp_path / "none"), NAME, {})
