"""Stories told to a desk as it is: received, triaged, looked at, worked and closed by its own rooms.

For those that touch each other or take two people. The clock is moved from one act to the next.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from random import Random
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from core.checkpoints import no_checkpoint
from core.evidence.keys import DeskKeys
from core.ids import RoadName
from core.ledger.port import Ledger
from core.reports.categories import Categories
from core.reports.triage import Rules, triage
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from desk import cases, receiving
from desk.casework import acts, joins
from desk.casework.model import Agreement, Case, CaseState, NoteKind
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.demo.making import Made
from desk.demo.stories import STAFF, Story, Told, made_id
from desk.model import Scope
from desk.ranks import Targets
from desk.triaging import TriageRun

RECEIVED_AFTER: Final = timedelta(seconds=1)
TRIAGED_AFTER: Final = timedelta(seconds=2)
_AGREED_AFTER: Final = timedelta(hours=1)


class Act(IntEnum):
    RECEIVE = 0
    TRIAGE = 1
    LOOK = 2
    TAKE = 3
    JOIN = 4
    NOTE = 5
    CLOSE = 6
    AGREE = 7


class Step(NamedTuple):
    at: datetime
    act: Act
    story: Story
    made: Made


class Desk(NamedTuple):
    """What a desk judges and opens with."""

    scope: Scope
    keys: DeskKeys
    rules: Rules
    categories: Categories
    targets: Targets
    road: RoadName


class Player:
    """Tells one ledger, which has nothing else in it."""

    def __init__(self, ledger: Ledger, desk: Desk, told: Told) -> None:
        self._ledger = ledger
        self._desk = desk
        self._clock = FixedClock(told.start)
        self._until = told.now
        self._random = Random(f"lifebelt demo acts {told.seed}")  # noqa: S311 - it makes up examples, no secrets
        signals = MemorySignals(self._clock)
        self._triage = TriageRun(
            ledger=ledger,
            keys=desk.keys,
            decide=partial(triage, rules=desk.rules, categories=desk.categories),
            targets=desk.targets,
            signals=signals,
            clock=self._clock,
            checkpoint=no_checkpoint,
        )
        bench = Bench(ledger, signals, self._clock, desk.keys, desk.scope, self._new_id)
        self._work = Casework(bench, targets=desk.targets)

    async def play(self, pairs: Sequence[tuple[Story, Made]]) -> None:
        """Everything that happens with these by now, in its order."""
        steps = [step for pair in pairs for step in _steps(*pair) if step.at <= self._until]
        for step in sorted(steps, key=lambda step: (step.at, step.act, step.story.number)):
            self._clock.advance(step.at - self._clock.now())
            await self._do(step)

    async def _do(self, step: Step) -> None:
        story, by = step.story, step.story.fate.by
        match step.act:
            case Act.RECEIVE:
                await self._receive(step)
            case Act.TRIAGE:
                await self._triage.run_once()
            case Act.LOOK:
                await cases.look(
                    self._ledger, self._desk.keys.opening, self._desk.scope, story.id, by=by, now=step.at
                )
            case Act.TAKE:
                await self._work.take(story.id, by=by, holder=(await self._case(story)).holder)
            case Act.JOIN:
                await self._ledger.transact(lambda conn: self._join(conn, step))
            case Act.NOTE:
                await self._work.note(story.id, NoteKind.NOTE, story.fate.note, by=by)
            case Act.CLOSE:
                await self._close(story)
            case Act.AGREE:
                await self._agree(story)

    async def _receive(self, step: Step) -> None:
        incoming = receiving.Incoming(self._desk.road, step.made.delivery, digest_of(step.made), step.at)
        await receiving.receive(self._ledger, incoming, self._desk.targets)

    def _join(self, conn: sa.Connection, step: Step) -> None:
        fate = step.story.fate
        if fate.joined_to is None:
            raise ValueError("a story that is not joined")
        joins.join(
            conn,
            self._desk.scope,
            case=fate.joined_to,
            other=step.story.id,
            id=self._new_id(),
            by=fate.by,
            now=step.at,
        )

    async def _close(self, story: Story) -> None:
        """With what came to it since it was closed, it is opened and closed once more."""
        case, by = await self._case(story), story.fate.by
        if await self._asked(case):
            return
        if case.state is CaseState.CLOSED:
            case = await self._work.move(story.id, CaseState.WORKING, by=by, state=case.state)
        await self._work.close(story.id, story.fate.outcome, by=by, state=case.state)

    async def _agree(self, story: Story) -> None:
        """Somebody else's yes, where closing it took two."""
        for asked in await self._asked(await self._case(story)):
            other = next(who for who in STAFF if who != asked.asked_by)
            await self._work.answer(story.id, asked.id, by=other, agrees=True)

    async def _asked(self, case: Case) -> tuple[Agreement, ...]:
        return await self._ledger.read(lambda conn: acts.asked_of(conn, case.id))

    async def _case(self, story: Story) -> Case:
        found = await self._ledger.read(lambda conn: acts.case_in(conn, self._desk.scope, story.id))
        if found is None:
            raise ValueError("a story that is not here")
        return found

    def _new_id(self) -> str:
        return made_id(self._random, self._clock.now())


def digest_of(made: Made) -> str:
    """What tells a repeated delivery from another one."""
    return hashlib.sha256(msgspec.json.encode(made.delivery)).hexdigest()


def _steps(story: Story, made: Made) -> Iterator[Step]:
    fate = story.fate
    at = {
        Act.RECEIVE: story.sent_at + RECEIVED_AFTER,
        Act.TRIAGE: story.sent_at + TRIAGED_AFTER,
        Act.LOOK: fate.looked_at,
        Act.JOIN if fate.joined_to else Act.TAKE: fate.taken_at,
        Act.NOTE: fate.taken_at if fate.note else None,
        Act.CLOSE: fate.closed_at,
        Act.AGREE: fate.closed_at and fate.closed_at + _AGREED_AFTER,
    }
    return (Step(when, act, story, made) for act, when in at.items() if when is not None)
