"""What a flood hides and what stands apart from it. Pure: it orders what waits, and leaves nothing out.

A flood is many that share what anyone could send in numbers. What is rarest stands first, so that whoever
floods the desk would have to know what the one true report looks like, to hide it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from core.ids import CommunityId
from core.reports.model import Priority
from desk.rota.model import Waiting

FLOOD_FROM: Final = 20
"""So many alike are a flood; fewer can be read one by one."""

_Looks = tuple[CommunityId, bool, bool, bool]


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    counts: dict[Priority, int]
    apart: tuple[Waiting, ...]
    """By priority; of one priority the rarest first, then who has waited longest."""
    flood: tuple[Waiting, ...]
    """Who has waited longest first."""

    @property
    def rows(self) -> tuple[Waiting, ...]:
        """Everything that waits, in the order it is to be looked at."""
        return self.apart + self.flood


def fold(waiting: Sequence[Waiting]) -> Folded:
    """Whatever waits, once each, with what stands apart from a flood before the flood."""
    alike = Counter(map(_looks, waiting))

    def place(one: Waiting) -> tuple[int, int, float]:
        return (one.priority, alike[_looks(one)], one.since.timestamp())

    counts = Counter(one.priority for one in waiting)
    return Folded(
        counts=dict(sorted(counts.items())),
        apart=tuple(sorted((one for one in waiting if alike[_looks(one)] < FLOOD_FROM), key=place)),
        flood=tuple(sorted((one for one in waiting if alike[_looks(one)] >= FLOOD_FROM), key=place)),
    )


def _looks(one: Waiting) -> _Looks:
    return (one.community, one.road_urgent, one.own_words, one.names_another)
