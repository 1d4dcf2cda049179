"""The road from a press to "Sent": capture, seal, commit, and only then say so. Platforms call this, no more.

It never raises a LedgerError: whoever presses gets a true screen with help on it, whatever is broken.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec
import structlog
from sqlalchemy import Connection, Executable

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.clock import Clock
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Outcome, Place, Press, Screen, State, Turn, Wish
from core.errors import CannotOpen, LedgerError, LedgerUnknown
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartKind
from core.evidence.transcript import summary
from core.ids import DeskName
from core.ledger.port import Change, Ledger
from core.reports import packing
from core.reports import statements as do
from core.reports.model import Answers, Standing, YesNo
from core.reports.packing import Captured, Draft, Seals, Sending
from core.reports.reference import parse_reference, reference_of
from core.signals.port import Signals

log = structlog.get_logger(__name__)

OUTBOX = "outbox"
"""The topic that wakes whoever delivers."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long somebody who pressed may be kept waiting, in seconds."""

    press: float = 1.5
    send: float = 2.0
    read: float = 1.5


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A press: where, and on what."""

    place: Place
    transcript: Transcript | None = None
    subject_is_staff: bool = False
    """The platform shows the account that was reported to run or moderate this community."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What to show now. `stored`: a draft lies in the ledger, so the key alone carries everything on."""

    key: DraftKey
    screen: Screen
    state: State
    stored: bool


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of a report by its reference: times, and nothing of what was said."""

    known: bool
    asked: bool = True
    """False where nobody could be asked just now."""
    urgent: bool = False
    stored_at: datetime | None = None
    received_at: datetime | None = None
    read_at: datetime | None = None


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """Which desks a community's report may go to, and which it does."""

    candidates: Callable[[Place], Sequence[DeskName]]
    route: Callable[[Place, Answers, bool], DeskName | None]
    """Place, answers, whether the subject is staff: the desk, or None for the hand-off sheet."""
    is_urgent: Callable[[Answers], bool]


class Road:
    """One per process. Use as an async context manager: leaving waits for every write that was begun."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        dialogue: Dialogue,
        routing: Routing,
        seals: Seals,
        signals: Signals,
        clock: Clock,
        new_key: Callable[[], DraftKey],
        checkpoint: Checkpoint = no_checkpoint,
        limits: Limits | None = None,
    ) -> None:
        self._ledger = ledger
        self._dialogue = dialogue
        self._routing = routing
        self._seals = seals
        self._signals = signals
        self._clock = clock
        self._new_key = new_key
        self._checkpoint = checkpoint
        self._limits = limits or Limits()
        self._writes = asyncio.TaskGroup()
        self._pending: dict[str, asyncio.Task[Outcome]] = {}

    async def __aenter__(self) -> Self:
        await self._writes.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writes.__aexit__(kind, error, trace)

    def help(self, place: Place, country: str | None = None) -> Card:
        """The danger exit, from files alone."""
        return self._dialogue.help(place, country)

    def first(self, place: Place, key: DraftKey | None = None) -> Shown:
        """The first screen of a press that captures nothing: no ledger, no wait."""
        turn = self._dialogue.open(place)
        return Shown(key=key or self._new_key(), screen=turn.screen, state=turn.state, stored=False)

    async def press(self, opening: Opening, key: DraftKey | None = None) -> Shown:
        """Seal and commit what was captured, then give the first screen.

        A press repeated with the same key stores once. If nothing is committed in time, the screen says
        "Not sent yet", with direct help and "Try again"; the write may still land, and does no harm.
        """
        place, key = opening.place, key or self._new_key()
        if opening.transcript is None or not _stores(place):
            return self.first(place, key)
        self._checkpoint(KillPoint.CAPTURE)
        desks = self._routing.candidates(place)
        found = Captured(transcript=opening.transcript, kind=PartKind.REPORTED)
        parts = packing.captured(self._seals, key, place, desks, found)
        turn = self._dialogue.open(place, summary(opening.transcript))
        now = self._clock.now()
        draft = Draft(
            state=turn.state,
            pressed_at=now,
            subject_is_staff=opening.subject_is_staff,
            digests={part.desk: {part.id: part.digest} for part in parts},
        )
        self._checkpoint(KillPoint.SEAL)
        changes = [packing.start_draft(key, place, draft, now), *packing.capture_changes(parts, key, now)]
        outcome = await self._commit(draft_id(key), changes, self._limits.press)
        return self._show_kept(outcome, key, place, turn)

    async def late(self, key: DraftKey, place: Place, transcript: Transcript) -> bool:
        """Commit the surroundings right behind the press; true once they are durable. Safe to repeat."""
        if not _stores(place):
            return False
        desks = self._routing.candidates(place)
        found = Captured(transcript=transcript, kind=PartKind.CONTEXT)
        parts = packing.captured(self._seals, key, place, desks, found)
        self._checkpoint(KillPoint.LATE_PART)
        changes = packing.capture_changes(parts, key, self._clock.now())
        outcome = await self._commit(f"{draft_id(key)}/late", changes, self._limits.send)
        await self._signals.wake(OUTBOX)
        return outcome is Outcome.STORED

    async def answer(
        self, key: DraftKey, place: Place, press: Press, *, identity: Identity | None = None
    ) -> Shown:
        """Take a press on a screen, do what it wishes, and give the next screen.

        `identity` is who pressed, as the platform knows it; it is sealed to this road, and to the desk
        only where they said yes.
        """
        draft = await self._load(key)
        if draft is None:
            return self._without_ledger(key, place, press)
        turn = self._dialogue.answer(place, draft.state, press)
        draft = msgspec.structs.replace(draft, state=turn.state)
        match turn.wish:
            case Wish.SEND:
                return await self._send(key, place, draft, identity)
            case Wish.ADD:
                return await self._add(key, place, draft, identity)
            case Wish.ASK_AGAIN:
                return await self._ask_again(key, place, draft)
            case _:
                return await self._go_on(key, place, draft, turn)

    async def status(self, reference: str) -> Told:
        """What may be said of a report by its reference. Raises ReferenceInvalid before any look-up."""
        tag = self._seals.tag(parse_reference(reference))
        return await self._told(do.STATUS_BY_TAG, {"by_tag": tag})

    async def status_of(self, key: DraftKey) -> Told:
        """The same for the screen that is still open after Send."""
        return await self._told(do.STATUS_BY_DRAFT, {"of_draft": draft_id(key)})

    async def _load(self, key: DraftKey) -> Draft | None:
        """The draft, or an empty one where nothing was stored yet; None where the ledger cannot say."""
        try:
            async with asyncio.timeout(self._limits.read):
                return await self._ledger.read(lambda conn: self._read_draft(conn, key))
        except (LedgerError, TimeoutError):
            log.warning("draft_not_read")
            return None

    def _read_draft(self, conn: Connection, key: DraftKey) -> Draft:
        """A draft that is gone after its day, or was written by another version, still knows it was sent."""
        state = conn.execute(do.READ_DRAFT, {"of_draft": draft_id(key)}).scalar()
        try:
            if state is not None:
                return packing.read_draft(key, state)
        except (CannotOpen, msgspec.MsgspecError):
            log.exception("draft_not_opened")
        sent = conn.execute(do.READ_SENT, {"of_draft": draft_id(key)}).one_or_none()
        if sent is None:
            return Draft(state=State(), pressed_at=self._clock.now())
        state_then = State(at="sent", reference=reference_of(key), outcome=Outcome.STORED)
        return Draft(state=state_then, pressed_at=sent.sent_at, desk=DeskName(sent.desk))

    def _without_ledger(self, key: DraftKey, place: Place, press: Press) -> Shown:
        """Help, leaving and looking on need no ledger; all else says plainly that it is not sent."""
        turn = self._dialogue.answer(place, State(), press)
        if turn.wish is None and turn.state.answers == Answers():
            return Shown(key=key, screen=turn.screen, state=turn.state, stored=False)
        outcome = Outcome.UNKNOWN if turn.wish is Wish.ASK_AGAIN else Outcome.REFUSED
        return self._show(key, self._dialogue.outcome(place, turn.state, outcome), stored=False)

    async def _go_on(self, key: DraftKey, place: Place, draft: Draft, turn: Turn) -> Shown:
        if not _stores(place):
            return self._show(key, turn, stored=False)
        keep = packing.keep_draft(key, place, draft, self._clock.now())
        outcome = await self._commit(f"{draft_id(key)}/state", [keep], self._limits.press)
        if isinstance(turn.screen, Card) and not turn.screen.questions:
            # Help and advice are shown whatever the ledger does: nothing that was typed hangs on them.
            return self._show(key, turn, stored=outcome is Outcome.STORED)
        return self._show_kept(outcome, key, place, turn)

    async def _send(self, key: DraftKey, place: Place, draft: Draft, identity: Identity | None) -> Shown:
        sending = self._sending(key, place, draft, identity)
        if sending is None:
            return self._hand_off(key, place, draft)
        return await self._commit_and_tell(sending, packing.report_changes(self._seals, sending))

    async def _add(self, key: DraftKey, place: Place, draft: Draft, identity: Identity | None) -> Shown:
        sending = self._sending(key, place, draft, identity)
        if sending is None:
            return self._hand_off(key, place, draft)
        return await self._commit_and_tell(sending, packing.supplement_changes(self._seals, sending))

    def _sending(
        self, key: DraftKey, place: Place, draft: Draft, identity: Identity | None
    ) -> Sending | None:
        answers = draft.state.answers
        desk = draft.desk or self._routing.route(place, answers, draft.subject_is_staff)
        if desk is None:
            return None
        return Sending(
            key=key,
            place=place,
            desk=desk,
            draft=msgspec.structs.replace(draft, desk=desk),
            identity=identity,
            urgent=self._routing.is_urgent(answers),
            at=self._clock.now(),
        )

    def _hand_off(self, key: DraftKey, place: Place, draft: Draft) -> Shown:
        """The subject turned out to run the place, and no other desk is there: nothing goes to them."""
        answers = msgspec.structs.replace(draft.state.answers, runs_place=YesNo.YES)
        closed = msgspec.structs.replace(place, staff_route=False)
        state = msgspec.structs.replace(draft.state, answers=answers, at="first")
        turn = self._dialogue.answer(closed, state, Press(screen="first", button="send"))
        return self._show(key, turn, stored=False)

    async def _commit_and_tell(self, sending: Sending, changes: list[Change]) -> Shown:
        """Commit the changes with the state that follows them, and show what became of it."""
        key, place, state = sending.key, sending.place, sending.draft.state
        stored = self._dialogue.outcome(place, state, Outcome.STORED, sending.reference)
        after = msgspec.structs.replace(sending.draft, state=stored.state)
        changes.append(packing.keep_draft(key, place, after, sending.at))
        self._checkpoint(KillPoint.SEAL)
        outcome = await self._commit(draft_id(key), changes, self._limits.send)
        if outcome is Outcome.STORED:
            self._checkpoint(KillPoint.ACKNOWLEDGE)
            return self._show(key, stored, stored=True)
        return self._show(key, self._dialogue.outcome(place, state, outcome), stored=False)

    async def _ask_again(self, key: DraftKey, place: Place, draft: Draft) -> Shown:
        """Whether a write of before is stored: asked of the write itself, else of the ledger."""
        outcome = await self._settled(draft_id(key))
        if outcome is None:
            told = await self.status_of(key)
            outcome = Outcome.STORED if told.known else Outcome.REFUSED if told.asked else Outcome.UNKNOWN
        if outcome is Outcome.STORED:
            draft = await self._load(key) or draft
        reference = reference_of(key)
        return self._show(
            key,
            self._dialogue.outcome(place, draft.state, outcome, reference),
            stored=outcome is Outcome.STORED,
        )

    async def _settled(self, name: str) -> Outcome | None:
        task = self._pending.get(name)
        if task is None:
            return None
        await asyncio.wait({task}, timeout=self._limits.send)
        return task.result() if task.done() else Outcome.STORING

    async def _told(self, query: Executable, values: Mapping[str, Any]) -> Told:
        try:
            async with asyncio.timeout(self._limits.read):
                row = await self._ledger.read(lambda conn: conn.execute(query, values).one_or_none())
        except (LedgerError, TimeoutError):
            return Told(known=False, asked=False)
        if row is None:
            return Told(known=False)
        return Told(
            known=True,
            urgent=row.urgent,
            stored_at=row.sent_at,
            received_at=row.delivered_at,
            read_at=row.read_at,
        )

    async def _commit(self, name: str, changes: list[Change], limit: float) -> Outcome:
        """Commit; after `limit` seconds the write goes on without us, and can be asked after by `name`."""
        task = self._writes.create_task(self._write(changes))
        done, _ = await asyncio.wait({task}, timeout=limit)
        if done:
            return task.result()
        self._pending[name] = task
        task.add_done_callback(lambda ended: self._forget(name, ended))
        return Outcome.STORING

    async def _write(self, changes: list[Change]) -> Outcome:
        try:
            await self._ledger.append(*changes)
        except LedgerUnknown:
            log.exception("write_unknown")
            return Outcome.UNKNOWN
        except LedgerError:
            log.exception("write_refused")
            return Outcome.REFUSED
        self._checkpoint(KillPoint.COMMIT)
        await self._signals.wake(OUTBOX)
        return Outcome.STORED

    def _forget(self, name: str, task: asyncio.Task[Outcome]) -> None:
        if self._pending.get(name) is task:
            del self._pending[name]

    def _show_kept(self, outcome: Outcome, key: DraftKey, place: Place, turn: Turn) -> Shown:
        if outcome is Outcome.STORED:
            return self._show(key, turn, stored=True)
        return self._show(key, self._dialogue.outcome(place, turn.state, Outcome.REFUSED), stored=False)

    @staticmethod
    def _show(key: DraftKey, turn: Turn, *, stored: bool) -> Shown:
        return Shown(key=key, screen=turn.screen, state=turn.state, stored=stored)


def _stores(place: Place) -> bool:
    """A community without a desk captures and stores nothing."""
    return place.desk is not None and place.standing is not Standing.NONE
