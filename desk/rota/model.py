"""Shifts, what waits, and pages, as values. A page holds names, counts and times; never content."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from core.ids import CommunityId, ReportId
from core.reports.model import Priority


class Place(StrEnum):
    """Which of the two somebody is on a shift."""

    ON_CALL = "on_call"
    SECOND = "second"


class Reply(StrEnum):
    """What the person themselves said of a shift that was planned for them."""

    ASKED = "asked"  # nothing yet
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One person's time on duty, `starts` included and `ends` not."""

    id: str
    person: str
    """The name, as the trail has it."""
    place: Place
    starts: datetime
    ends: datetime
    planned_by: str
    reply: Reply = Reply.ASKED
    replied_at: datetime | None = None

    def covers(self, now: datetime) -> bool:
        """Whether somebody has accepted it and it is running."""
        return self.reply is Reply.ACCEPTED and self.starts <= now < self.ends


class Step(StrEnum):
    """The rungs of the ladder, in the order they are climbed."""

    ON_CALL = "on_call"
    SECOND = "second"
    SUPERVISORS = "supervisors"
    OUTSIDE = "outside"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A case that nobody has acknowledged, and what may set it apart from a flood."""

    case: ReportId
    priority: Priority
    since: datetime
    """When it became this urgent, or when something was added that nobody has read."""
    community: CommunityId
    road_urgent: bool
    """The road itself said that it is urgent."""
    own_words: bool
    """A person wrote something."""
    names_another: bool
    """It names an account, address, number or file that no other report names."""


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Who can be paged at this moment, by name."""

    on_call: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person about all that waits. `person` is empty for the outside contact."""

    person: str
    step: Step
    at: datetime
    since: datetime
    """How long the first of it has waited."""
    counts: Mapping[Priority, int]
    apart: int
    """How many of it are unlike the flood; 0 where there is none."""
    cases: frozenset[ReportId]
    """Those that this person had not been told of at this step, or is told of again."""


class Unsent(StrEnum):
    """Why a page has not left, or not by every way. Empty text in the ledger means none."""

    NOWHERE = "nowhere"  # no address, and no webhook
    MAIL = "mail"
    WEBHOOK = "webhook"
    GIVEN_UP = "given_up"  # tried long enough


class PageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A page as it lies in the ledger."""

    id: str
    person: str
    step: Step
    at: datetime
    answer_by: datetime
    since: datetime
    counts: Mapping[Priority, int]
    apart: int
    drill: bool = False
    answered_at: datetime | None = None
    answered_by: str = ""
    mailed_at: datetime | None = None
    posted_at: datetime | None = None
    tries: int = 0
    fault: str = ""

    def missed(self, now: datetime) -> bool:
        """Whether nobody answered in time."""
        return (self.answered_at or now) > self.answer_by
