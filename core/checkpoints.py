"""The places where a process may die. Tests inject a checkpoint that kills; the product's does nothing."""

from collections.abc import Callable
from enum import StrEnum


class KillPoint(StrEnum):
    """Each step of a report's way, in order; every one is followed or preceded by a commit."""

    CAPTURE = "capture"
    SEAL = "seal"
    COMMIT = "commit"
    ACKNOWLEDGE = "acknowledge"
    LATE_PART = "late_part"
    DELIVER = "deliver"
    RECEIVE = "receive"
    TRIAGE = "triage"
    NEWS = "news"
    NOTIFY = "notify"


Checkpoint = Callable[[KillPoint], None]


def no_checkpoint(_point: KillPoint) -> None:
    """What the product passes: nothing happens."""
