"""What this room reads from the settings: where people go when they leave, and whether this is practice."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from core.ids import CommunityId
from core.reports.model import Standing
from core.reports.told import UNREAD_AFTER
from core.settings.model import Community, Settings

PLATFORM = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Everything the pages need to know that is not in a community's own settings."""

    quick_exit_url: str
    """A harmless page that anybody might be reading."""
    practice_community: CommunityId | None = None
    """The community of the practice room; None where any desk is real, and then there is no practice room."""
    console_url: str = ""
    """Where the desk's console stands, for the practice room to point at."""
    empties_after: timedelta = timedelta(minutes=14)
    """A page left alone empties itself; promised within 15 minutes."""
    unread_after: timedelta = UNREAD_AFTER
    """An urgent report that nobody opened for so long sends its reporter to the telephone."""

    @classmethod
    def of(cls, settings: Settings, *, console_url: str = "") -> Self:
        """Choose from the whole settings; reads nothing else."""
        return cls(
            quick_exit_url=settings.web.quick_exit_url,
            practice_community=_practice_community(settings),
            console_url=console_url,
        )


def _practice_community(settings: Settings) -> CommunityId | None:
    """The first community on the web, if every desk only practises."""
    if any(desk.standing is not Standing.PRACTICE for desk in settings.desks.values()):
        return None
    for name, community in settings.communities.items():
        if _practises(community, settings):
            return CommunityId(name)
    return None


def _practises(community: Community, settings: Settings) -> bool:
    return community.platform == PLATFORM and community.desk in settings.desks
