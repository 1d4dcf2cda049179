"""What is made up: who tells what, when, and what becomes of it. The same for the same seed; nothing is real.

Pure: makes no keys, seals and stores nothing. Every text says that it is made up, and none describes harm.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import pi, sin
from random import Random
from string import ascii_uppercase
from typing import Final, NamedTuple

from core.ids import CommunityId, ReportId
from core.reports.model import AgeBand, Answers, Category, Who, YesNo

YEAR: Final = timedelta(days=365)
PLATFORMS: Final = ("web", "discord", "slack", "matrix")
COMMUNITIES: Final = 40
WORDS: Final = "Made-up report, for practice."
STAFF: Final = tuple(f"Example specialist {number}" for number in range(1, 7))
_OUTCOMES: Final = (
    "helped", "passed_on_service", "platform_acted", "advice_given", "not_enough", "no_concern",
)  # fmt: skip
_AGES: Final = (
    *(None,) * 10,
    *(AgeBand.THIRTEEN_TO_FIFTEEN,) * 10,
    *(AgeBand.SIXTEEN_SEVENTEEN,) * 9,
    AgeBand.TEN_TO_TWELVE,  # makes most of what it is said of a danger to life
)
_REPORTS_OF_A_SUBJECT: Final = 5
_OVERLOOKED_FOR: Final = timedelta(days=2)
_IN_FIGURES: Final = 1_000
_ID_TIME: Final = 12


class Chances(NamedTuple):
    """How often something is so."""

    danger: float = 0.008
    recurring: float = 0.015
    noted: float = 0.004
    said: float = 0.7
    identity: float = 0.6
    named: float = 0.1
    overlooked: float = 0.1
    """Of the last days: in the end somebody looks at everything."""
    joined: float = 0.6


class Fate(NamedTuple):
    """What people did with it; None: not done by now."""

    by: str
    looked_at: datetime | None = None
    taken_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    note: str = ""
    joined_to: ReportId | None = None
    """Taken into the case of an earlier report about the same subject, instead of being worked alone."""


class Story(NamedTuple):
    """One made-up report."""

    number: int
    id: ReportId
    key: bytes
    """Of its draft."""
    parts: tuple[str, ...]
    """Ids for as many parts as a report can have."""
    sent_at: datetime
    community: CommunityId
    platform: str
    answers: Answers
    account: str
    """Of the subject, as the platform would know it."""
    shown: str
    said: bool
    """A message was reported."""
    identity: bool
    recurring: bool
    fate: Fate


class Told(NamedTuple):
    """What is to be told: so many stories of so long before now."""

    number: int
    seed: int
    now: datetime
    span: timedelta = YEAR
    chances: Chances = Chances()

    @property
    def start(self) -> datetime:
        return self.now - self.span


def stories(told: Told) -> Iterator[Story]:
    """In the order in which they are sent."""
    teller = _Teller(told)
    return (teller.story(index) for index in range(told.number))


def made_id(random: Random, at: datetime) -> str:
    """An id as the product makes them: later ones sort after earlier ones."""
    return f"{int(at.timestamp() * 1000):0{_ID_TIME}x}{random.getrandbits(80):020x}"


def name_of(number: int) -> str:
    """`17`, then `17 B` and on: never so many digits that they could be taken for a telephone number."""
    letters, rest = "", number // _IN_FIGURES
    while rest:
        rest, letter = divmod(rest, len(ascii_uppercase))
        letters = ascii_uppercase[letter] + letters
    return f"{number % _IN_FIGURES} {letters}".strip()


def _busier(share: float) -> float:
    """Some weeks bring more than others; what came earlier stays earlier."""
    turns = 12 * pi
    return share + 0.35 * sin(turns * share) / turns


class _Teller:
    def __init__(self, told: Told) -> None:
        self._random = Random(f"lifebelt demo {told.seed}")  # noqa: S311 - it makes up examples, no secrets
        self._told = told
        self._number = told.number
        self._chances = told.chances
        self._first_of: dict[tuple[int, str], ReportId] = {}

    def story(self, index: int) -> Story:
        random, number = self._random, index + 1
        sent_at = self._told.start + self._told.span * _busier((index + random.random()) / self._number)
        community = random.randint(1, COMMUNITIES)
        platform = PLATFORMS[community % len(PLATFORMS)]
        recurring = random.random() < self._chances.recurring
        subject = self._subject(number, recurring=recurring)
        id_ = ReportId(made_id(random, sent_at))
        first = self._first_of.setdefault((subject, platform), id_)
        return Story(
            number=number,
            id=id_,
            key=random.randbytes(16),
            parts=tuple(made_id(random, sent_at) for _ in range(4)),
            sent_at=sent_at,
            community=CommunityId(f"example-{platform}-{community}"),
            platform=platform,
            answers=(answers := self._answers(number, subject)),
            account=f"example-{subject}",
            shown=f"Example person {name_of(subject)}",
            said=recurring or random.random() < self._chances.said,
            identity=platform != "web" and random.random() < self._chances.identity,
            recurring=recurring,
            fate=self._fate(number, sent_at, answers, first if first != id_ else None),
        )

    def _subject(self, number: int, *, recurring: bool) -> int:
        """What nobody else reports has an account of its own, as nearly all have."""
        known = max(1, int(self._number * self._chances.recurring) // _REPORTS_OF_A_SUBJECT)
        return self._random.randint(1, known) if recurring else self._number + number

    def _answers(self, number: int, subject: int) -> Answers:
        random = self._random
        whom, me = (f"Example person {name_of(one)}" for one in (subject, number))
        return Answers(
            danger=YesNo.YES if random.random() < self._chances.danger else random.choice((None, YesNo.NO)),
            category=random.choice(_KINDS),
            own_words=f"{WORDS} {whom} wrote to {me}.",
            about=whom,
            who=random.choice((None, Who.ME, Who.FRIEND)),
            age=random.choice(_AGES),
            team_may_know_name=True if random.random() < self._chances.named else None,
        )

    def _fate(self, number: int, sent_at: datetime, answers: Answers, first: ReportId | None) -> Fate:
        random, chances, now = self._random, self._chances, self._told.now
        by = random.choice(STAFF)
        looked_at = sent_at + timedelta(minutes=0.5 + random.expovariate(1 / _waits(answers)))
        taken_at = looked_at + timedelta(minutes=1 + random.expovariate(1 / 20))
        closed_at = taken_at + timedelta(hours=1 + random.expovariate(1 / 80))
        outcome = random.choice(_OUTCOMES)
        note = f"Made-up note on report {name_of(number)}." if random.random() < chances.noted else ""
        joins = first is not None and random.random() < chances.joined
        overlooked = random.random() < chances.overlooked and now - sent_at < _OVERLOOKED_FOR
        if overlooked or looked_at > now:
            return Fate(by)
        if taken_at > now:
            return Fate(by, looked_at)
        joined_to = first if joins else None
        if closed_at > now:
            return Fate(by, looked_at, taken_at, note=note, joined_to=joined_to)
        return Fate(by, looked_at, taken_at, closed_at, outcome, note, joined_to)


def _waits(answers: Answers) -> float:
    """Minutes until somebody looks, on average."""
    if answers.danger is YesNo.YES:
        return 4
    return 300 if answers.category in _LESS_URGENT else 35


_LESS_URGENT: Final = frozenset(
    {Category.BULLYING, Category.ACCOUNT, Category.OTHER, Category.HATE_EXTREMISM}
)
_KINDS: Sequence[Category] = (
    *Category,
    *(Category.BULLYING,) * 20,
    *(Category.ACCOUNT,) * 14,
    *(Category.GROOMING,) * 9,
    *(Category.SEXUAL_PRESSURE,) * 7,
    *(Category.UNWANTED_SEXUAL,) * 7,
)
"""Some are told more often than others."""
