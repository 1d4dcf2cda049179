"""Which state of a case may follow which, and what takes two people. Pure."""

from collections.abc import Mapping
from typing import Final

from core.reports.model import Priority
from desk.casework.model import CaseState

FOLLOWS: Final[Mapping[CaseState, frozenset[CaseState]]] = {
    CaseState.NEW: frozenset({CaseState.WORKING, CaseState.CLOSED}),
    CaseState.WORKING: frozenset({CaseState.WAITING, CaseState.HANDED_ON, CaseState.CLOSED}),
    CaseState.WAITING: frozenset({CaseState.WORKING, CaseState.HANDED_ON, CaseState.CLOSED}),
    CaseState.HANDED_ON: frozenset({CaseState.WORKING, CaseState.WAITING, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.WORKING}),
}
"""Nothing leads back to NEW: somebody has acted."""


def may_follow(before: CaseState, after: CaseState) -> bool:
    return after in FOLLOWS[before]


def takes_two(most_urgent: Priority, *, urgent: bool) -> bool:
    """Whether closing needs a second person: where it is a danger to life, or the road ever said so."""
    return urgent or most_urgent is Priority.P0
