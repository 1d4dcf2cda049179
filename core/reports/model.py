"""The words of a report as types: standings, roles, categories, priorities, and the answers given."""

from enum import IntEnum, StrEnum

import msgspec

from core.ids import CommunityId, DeskName, ReportId
from core.times import Aware


class Standing(StrEnum):
    """What a desk is; every promise on every screen follows from it."""

    PRACTICE = "practice"
    NONE = "none"
    LEAD = "lead"
    SPECIALIST = "specialist"


class ReporterRole(StrEnum):
    YOUNG_PERSON = "young_person"
    ADULT = "adult"
    MODERATOR = "moderator"
    PARTNER = "partner"
    LAW_ENFORCEMENT = "law_enforcement"


class Priority(IntEnum):
    """P0 is danger to life now. Smaller is more urgent."""

    P0 = 0
    P1 = 1
    P2 = 2
    P3 = 3


class YesNo(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_SURE = "not_sure"


class Category(StrEnum):
    """The codes; labels, floors and mappings are data in config/categories.toml."""

    GROOMING = "grooming"
    SEXUAL_PRESSURE = "sexual_pressure"
    SEXUAL_EXTORTION = "sexual_extortion"
    IMAGE_SHARED = "image_shared"
    MEETING = "meeting"
    CONTACT_ABUSE = "contact_abuse"
    EXPLOITATION = "exploitation"
    CSAM_FOUND = "csam_found"
    UNWANTED_SEXUAL = "unwanted_sexual"
    BULLYING = "bullying"
    SELF_HARM = "self_harm"
    HATE_EXTREMISM = "hate_extremism"
    ACCOUNT = "account"
    OTHER = "other"
    UNSPECIFIED = "unspecified"


class Who(StrEnum):
    """About whom the reporter tells: themselves, a friend, a child they look after, or as a moderator."""

    ME = "me"
    FRIEND = "friend"
    CHILD_I_LOOK_AFTER = "child"
    MODERATE_HERE = "moderate"


class AgeBand(StrEnum):
    UNDER_10 = "under_10"
    TEN_TO_TWELVE = "10_12"
    THIRTEEN_TO_FIFTEEN = "13_15"
    SIXTEEN_SEVENTEEN = "16_17"
    ADULT = "18_plus"


class Answers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the reporter told us. Everything is optional: `None` means not asked or not answered."""

    danger: YesNo | None = None
    category: Category = Category.UNSPECIFIED
    runs_place: YesNo | None = None
    own_words: str = ""
    about: str = ""
    """Whom it is about, in the reporter's words."""
    who: Who | None = None
    age: AgeBand | None = None
    team_may_know_name: bool | None = None
    moderators_may_know: bool | None = None
    others_use_phone: bool | None = None
    """Unanswered means yes: nothing is pushed, and reading needs the reference."""
    may_push: bool | None = None
    """Whether they want to be told of news; asked with the one before, where the platform knows accounts."""
    contact: str = ""
    """A name, or a safe way and time to reach them, where the platform knows no account."""


class ReportFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers part of an envelope carries, sealed to the desk."""

    report: ReportId
    community: CommunityId
    desk: DeskName
    platform: str
    standing: Standing
    reference: str
    role: ReporterRole
    answers: Answers
    language: str
    country: str | None
    pressed_at: Aware
    sent_at: Aware
    evidence_digests: dict[str, str] = msgspec.field(default_factory=dict)
    """Part id to the SHA-256 (hexadecimal) of that part's plaintext: the manifest of what was sent along."""


class Supplement(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplement part carries, sealed to the desk: all answers as they stood when it was added.

    Written back by reference it is a `reply` alone: what was answered before is not known there, and stands.
    """

    report: ReportId
    answers: Answers
    added_at: Aware
    reply: str = ""
    evidence_digests: dict[str, str] = msgspec.field(default_factory=dict)
    """Of the parts that came with it, as in ReportFacts."""
