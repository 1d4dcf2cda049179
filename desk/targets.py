"""How soon each priority is due: data, in config/desk.toml. Reads no other file."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from core.reports.model import Priority
from desk.ranks import Targets

TABLE = "due_minutes"
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=60 * 24 * 30)]


class _Due(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    P0: _Minutes
    P1: _Minutes
    P2: _Minutes
    P3: _Minutes


def load_targets(path: Path) -> Targets:
    """Raises SettingsInvalid with what is wrong, also where the urgent would come after the less urgent."""
    file = datafile.read(path)
    due = datafile.table(file, TABLE, _Due)
    targets = {priority: timedelta(minutes=getattr(due, priority.name)) for priority in Priority}
    datafile.refuse(_faults(file, targets))
    return targets


def _faults(file: DataFile, targets: Targets) -> Iterator[Fault]:
    for urgent, less in pairwise(Priority):
        if targets[urgent] > targets[less]:
            reason = f"{urgent.name} would be due after {less.name}."
            yield file.fault((TABLE, urgent.name), reason, f"Write no more than {less.name} has.")
