"""Secrets that settings only point at: read from the environment, else from a file that only we can read."""

import stat
from collections.abc import Mapping
from pathlib import Path

from core.datafile import Fault
from core.errors import SettingsInvalid


def read_secret(file: str, variable: str, environ: Mapping[str, str]) -> str:
    """The secret, without the line break at its end; "" where neither names one.

    Raises SettingsInvalid where the file cannot be read, is empty, or can be read by others.
    """
    if environ.get(variable):
        return environ[variable]
    if not file:
        return ""
    try:
        mode = Path(file).stat().st_mode
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(file, "cannot be read.", "Check its path and rights.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _refused(file, "can be read by others.", f"chmod 600 {file}")
    if not secret:
        raise _refused(file, "is empty.", "Write the secret into it.")
    return secret


def _refused(file: str, reason: str, mend: str) -> SettingsInvalid:
    return SettingsInvalid((Fault(file, None, "", reason, mend),))
