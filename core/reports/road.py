"""The road from a press to "Sent": capture, seal, commit, and only then say so. Platforms call this, no more.

It never raises a LedgerError: whoever presses gets a true screen with help on it, whatever is broken.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
import structlog
from sqlalchemy import Connection, Executable

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.clock import Clock
from core.delivery.model import OUTBOX_TOPIC, Desk
from core.delivery.wire import MessageTold
from core.dialogue.flow import Dialogue
from core.dialogue.model import Card, Form, Outcome, Place, Press, Screen, State, Turn, Wish
from core.errors import CannotOpen, LedgerError, LedgerUnknown
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.model import Transcript
from core.evidence.parts import Identity, PartKind
from core.evidence.transcript import summary
from core.ids import DeskName
from core.ledger.port import Change, Ledger
from core.reports import packing
from core.reports import statements as do
from core.reports.conversation import Conversation
from core.reports.model import Answers, Standing, YesNo
from core.reports.packing import Captured, Draft, Seals, Sending
from core.reports.reference import reference_of
from core.reports.told import Told, told_of
from core.signals.port import Signals

log = structlog.get_logger(__name__)

AT_ONCE = frozenset({"help", "hide", "leave"})
"""Buttons that nothing may delay."""
IN_FLIGHT = frozenset({"storing", "not_known"})
"""Screens that say a write was begun; whoever presses there, or "Look again" anywhere, asks after it."""
_MOST_WAITING = 1_000
_MOST_SENT = 10_000
_MOST_CROSSINGS = 5
"""So often an answer is put on top of another that was stored meanwhile; then it says "not sent yet"."""
LEAST_S = 0.02
"""What a write or a look is waited for where reading took all the time there was."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long somebody who pressed may be kept waiting, in seconds; chat platforms give three in all."""

    press: float = 1.5
    send: float = 2.0
    """From the press to the answer, whatever is read and written in between."""
    read: float = 1.5
    help: float = 0.3
    """How long the danger exit and leaving wait for what was said before; they need none of it."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A press: where, and on what."""

    place: Place
    transcript: Transcript | None = None
    subject_is_staff: YesNo = YesNo.NO
    """Whether the platform shows the account that was reported to run or moderate this community."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What to show now. `stored`: a draft lies in the ledger, so the key alone carries everything on."""

    key: DraftKey
    screen: Screen
    state: State
    stored: bool

    @property
    def unstored(self) -> State | None:
        """What the open screen has to carry: the state, unless it lies in the ledger or says nothing."""
        said_nothing = self.state == State(at=self.state.at)
        kept = self.stored and self.state.outcome in {None, Outcome.STORED}
        return None if said_nothing or kept else self.state


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """Which desks a community's report may go to, and which it does."""

    candidates: Callable[[Place], Sequence[DeskName]]
    route: Callable[[Place, Answers, YesNo], DeskName | None]
    """Place, answers, whether the subject is staff: the desk, or None for the hand-off sheet."""
    is_urgent: Callable[[Answers], bool]


class _Guard(NamedTuple):
    """A draft as it was read: written over only where no other process wrote it since."""

    draft: str
    state: bytes | None


class _Kept(NamedTuple):
    """What was said before. Without a guard nobody else can have written meanwhile."""

    draft: Draft
    guard: _Guard | None = None


class _Crossed(Exception):
    """Another process kept an answer to the same draft meanwhile: nothing was written over it."""


class _Asked(NamedTuple):
    """One press while it is answered: by whom, and until when they may wait (time of the loop)."""

    key: DraftKey
    place: Place
    identity: Identity | None
    ends: float
    guard: _Guard | None = None


class Waiting(NamedTuple):
    """A Send whose write took too long to wait for, and what was being sent."""

    task: asyncio.Task[Outcome | None]
    draft: Draft

    @property
    def is_stored(self) -> bool:
        done = self.task.done() and not self.task.cancelled()
        return done and self.task.result() is Outcome.STORED


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
        desks: Mapping[DeskName, Desk] | None = None,
        checkpoint: Checkpoint = no_checkpoint,
        limits: Limits | None = None,
        shared: bool = False,
    ) -> None:
        """`desks`: those that can be asked about a reference, as they become known.

        `shared`: other processes write to the same ledger, and may answer the same draft at the same moment.
        """
        self._ledger = ledger
        self._dialogue = dialogue
        self._routing = routing
        self._seals = seals
        self._signals = signals
        self._clock = clock
        self._new_key = new_key
        self._checkpoint = checkpoint
        self._limits = limits or Limits()
        self._shared = shared
        self._writes = asyncio.TaskGroup()
        self._waiting: dict[str, Waiting] = {}
        self.conversation = Conversation(
            ledger=ledger,
            seals=seals,
            desks={} if desks is None else desks,
            clock=clock,
            is_urgent=routing.is_urgent,
            write=self._begin,
            checkpoint=checkpoint,
        )
        """What a reference leads to."""
        self._sent: dict[str, None] = {}  # drafts that this process saw stored: where the ledger cannot say

    async def __aenter__(self) -> Self:
        await self._writes.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writes.__aexit__(kind, error, trace)

    def help(self, place: Place, country: str | None = None, *, beside: bool = False) -> Card:
        """The danger exit, from files alone. `beside`: where a report was, or may have been sent."""
        return self._dialogue.help(place, country, beside=beside)

    def help_beside(self, place: Place) -> Shown:
        """The danger exit where a report may have been sent that nobody here knows: nothing is said of it."""
        state = State(at="help", beside=True)
        return Shown(key=self._new_key(), screen=self.help(place, beside=True), state=state, stored=False)

    def first(self, place: Place, key: DraftKey | None = None) -> Shown:
        """The first screen of a press that captures nothing: no ledger, no wait."""
        turn = self._dialogue.open(place)
        return Shown(key=key or self._new_key(), screen=turn.screen, state=turn.state, stored=False)

    def welcome(self, place: Place) -> Card:
        """What stands where anybody may begin, from files alone."""
        return self._dialogue.welcome(place)

    def advice(self, place: Place) -> Shown:
        """What to do now, from files alone."""
        turn = self._dialogue.advice(place)
        return Shown(key=self._new_key(), screen=turn.screen, state=turn.state, stored=False)

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
        changes = [*packing.start_draft(key, place, draft, now), *packing.capture_changes(parts, key, now)]
        outcome = await self._wait(self._begin(changes), self._limits.press)
        return self._show_kept(outcome, key, place, turn)

    async def late(
        self,
        key: DraftKey,
        place: Place,
        transcript: Transcript | None,
        *,
        subject_is_staff: YesNo = YesNo.NOT_SURE,
    ) -> bool:
        """Commit the surroundings right behind the press; true once they are durable. Safe to repeat.

        `subject_is_staff` counts where the press itself was not sure.
        """
        if not _stores(place):
            return False
        desks = self._routing.candidates(place)
        parts = []
        if transcript is not None:
            found = Captured(transcript=transcript, kind=PartKind.CONTEXT)
            parts = packing.captured(self._seals, key, place, desks, found)
        self._checkpoint(KillPoint.LATE_PART)
        now = self._clock.now()
        changes = [packing.late_findings(key, place, parts, now, subject_is_staff)]
        changes += packing.capture_changes(parts, key, now) if parts else []
        outcome = await self._wait(self._begin(changes), self._limits.send)
        return outcome is Outcome.STORED

    async def answer(
        self,
        key: DraftKey,
        place: Place,
        press: Press,
        *,
        identity: Identity | None = None,
        carried: State | None = None,
        was_sent: bool = False,
    ) -> Shown:
        """Take a press on a screen, do what it wishes, and give the next screen.

        `identity` is who pressed, as the platform knows it; it is sealed to this road, and to the desk
        only where they said yes. `carried` is the state of a `Shown` that was not stored, where the
        platform could keep it with the screen, so that nothing typed is lost. `was_sent`: the screen was of
        a report that is sent; believed only while the ledger cannot say.
        """
        asked = _Asked(key, place, identity, _now() + self._limits.send)
        for _ in range(_MOST_CROSSINGS):
            kept = await self._draft(key, press)
            if kept is None:
                break
            try:
                return await self._answered(asked._replace(guard=kept.guard), kept.draft, press, carried)
            except _Crossed:
                log.info("answers_crossed")
                self._waiting.pop(draft_id(key), None)
        if carried is None and press.screen == "first" and draft_id(key) in self._sent:
            press, was_sent = Press(screen="first", button=press.button), True  # its answer was lost
        return self._without_ledger(key, place, press, carried or _forgotten(key, press, was_sent=was_sent))

    async def _answered(self, asked: _Asked, kept: Draft, press: Press, carried: State | None) -> Shown:
        """The next screen after what was said before. Raises _Crossed."""
        key, place = asked.key, asked.place
        before = _with_carried(kept, carried)
        turn = self._dialogue.answer(place, before.state, press)
        draft = _with_state(before, turn.state)
        self._note(key, draft)
        match turn.wish:
            case Wish.SEND:
                return await self._send(asked, draft)
            case Wish.ADD:
                return await self._add(asked, draft)
            case Wish.ASK_AGAIN:
                return await self._ask_again(asked, draft)
            case _:
                return await self._go_on(asked, turn, kept, draft)

    async def status(self, reference: str) -> Told:
        """What may be said of a report by its reference. Raises ReferenceInvalid before any look-up."""
        return await self.conversation.status(reference)

    def say_shown(self, reference: str, told: Told, messages: Sequence[MessageTold]) -> None:
        """Begin to tell the desk that these stood on somebody's screen; returns at once."""
        if messages:
            self._writes.create_task(self.conversation.shown(reference, told, messages))

    def answer_form(self, place: Place) -> Form:
        """Where somebody answers what the desk wrote, from files alone."""
        return self._dialogue.answer_form(place)

    def answered(self, place: Place, outcome: Outcome) -> Card:
        """What became of an answer: help and numbers where it is not known to be stored."""
        return self._dialogue.answered(place, outcome)

    async def status_of(self, key: DraftKey) -> Told:
        """The same for the screen that is still open after Send."""
        return await self._told(do.STATUS_BY_DRAFT, {"of_draft": draft_id(key)})

    async def moved_on(self, shown: Shown) -> bool:
        """Whether somebody pressed on this screen in another process, as far as the ledger says."""
        if not self._shared:
            return False
        kept = await self._load(shown.key, self._limits.read)
        return kept is not None and kept.draft.state.at != shown.state.at

    async def _draft(self, key: DraftKey, press: Press) -> _Kept | None:
        """What was said before, with the write that is under way; None where nobody can say."""
        waiting = self._waiting.get(draft_id(key))
        asks = press.screen in IN_FLIGHT or press.button == "check"
        if waiting is not None and (asks or not waiting.is_stored):
            return _Kept(waiting.draft)
        kept = await self._load(key, self._limits.help if press.button in AT_ONCE else self._limits.read)
        if waiting is not None:
            return self._stored_unseen(key, waiting, kept)
        if kept is None or not asks or kept.draft.state.outcome is not None:
            return kept
        unknown = msgspec.structs.replace(kept.draft.state, outcome=Outcome.UNKNOWN)
        return kept._replace(draft=_with_state(kept.draft, unknown))

    def _stored_unseen(self, key: DraftKey, waiting: Waiting, kept: _Kept | None) -> _Kept | None:
        """What was under way was stored while nobody asked; what was told beside it is not sent yet."""
        self._remember_sent(key)
        if kept is None:
            return None
        self._waiting.pop(draft_id(key), None)
        told, state = waiting.draft.state.answers, kept.draft.state
        if told == state.answers:
            return kept
        since = msgspec.structs.replace(state, answers=told, unsent=True)
        return kept._replace(draft=_with_state(kept.draft, since))

    async def _load(self, key: DraftKey, limit: float) -> _Kept | None:
        """The draft, or an empty one where nothing was stored yet; None where the ledger cannot say."""
        try:
            async with asyncio.timeout(limit):
                return await self._ledger.read(lambda conn: self._read_draft(conn, key))
        except (LedgerError, TimeoutError):
            log.warning("draft_not_read")
            return None

    def _read_draft(self, conn: Connection, key: DraftKey) -> _Kept:
        names = draft_id(key), packing.pressed_id(key), packing.late_id(key)
        wanted = dict(zip(("of_draft", "of_press", "of_late"), names, strict=True))
        kept = {row.id: row.state for row in conn.execute(do.READ_DRAFT, wanted)}
        guard = _Guard(names[0], kept.get(names[0])) if self._shared else None
        return _Kept(self._opened(conn, key, *map(kept.get, names)), guard)

    def _opened(
        self, conn: Connection, key: DraftKey, state: bytes | None, pressed: bytes | None, late: bytes | None
    ) -> Draft:
        """A draft that is gone after its day, or was written by another version, still knows it was sent."""
        try:
            draft = None if state is None else packing.read_draft(key, state, pressed)
            if draft is None or draft.state.reference is None:
                draft = self._begun(conn, key, draft)
            return packing.with_surroundings(key, draft, late)
        except (CannotOpen, msgspec.MsgspecError) as error:
            log.error("draft_not_opened", error=type(error).__name__)  # noqa: TRY400 - its words may quote answers
        return self._begun(conn, key, None)

    def _begun(self, conn: Connection, key: DraftKey, draft: Draft | None) -> Draft:
        """A draft that does not say that it was sent: its report does, if there is one.

        A press that crossed Send may have written the draft as it was before.
        """
        sent = conn.execute(do.READ_SENT, {"of_draft": draft_id(key)}).one_or_none()
        if sent is None:
            return draft or Draft(state=State(), pressed_at=self._clock.now())
        before = draft or Draft(state=State(at="sent"), pressed_at=sent.sent_at)
        state = msgspec.structs.replace(
            before.state, reference=reference_of(key), outcome=Outcome.STORED, unsent=False, wished=None
        )
        return msgspec.structs.replace(before, state=state, desk=DeskName(sent.desk))

    def _without_ledger(self, key: DraftKey, place: Place, press: Press, before: State) -> Shown:
        """Help, leaving and looking on need no ledger; all else says plainly that it is not sent."""
        turn = self._dialogue.answer(place, before, press)
        nothing_told = turn.wish is None and turn.state.answers == before.answers
        if turn.wish is Wish.HIDE or nothing_told:
            return Shown(key=key, screen=turn.screen, state=turn.state, stored=False)
        outcome = Outcome.UNKNOWN if turn.wish is Wish.ASK_AGAIN else Outcome.REFUSED
        return self._show(key, self._dialogue.outcome(place, turn.state, outcome), stored=False)

    async def _go_on(self, asked: _Asked, turn: Turn, before: Draft, draft: Draft) -> Shown:
        """Keep the draft. Where nothing was answered the next screen does not wait for that."""
        key, place = asked.key, asked.place
        if not _stores(place) or draft == before or draft_id(key) in self._waiting:
            return self._show(key, turn, stored=_stores(place))
        write = self._begin([packing.keep_draft(key, place, draft, self._clock.now())], asked.guard)
        told = (draft.state.answers, draft.state.country) != (before.state.answers, before.state.country)
        if not told or turn.wish is Wish.HIDE:
            return self._show(key, turn, stored=True)
        return self._show_kept(await self._wait(write, asked.ends - _now()), key, place, turn)

    async def _send(self, asked: _Asked, draft: Draft) -> Shown:
        sending = self._sending(asked, draft)
        if sending is None:
            return self._hand_off(asked.key, asked.place, draft)
        return await self._commit_and_tell(asked, sending, packing.report_changes(self._seals, sending))

    async def _add(self, asked: _Asked, draft: Draft) -> Shown:
        sending = self._sending(asked, draft)
        if sending is None:
            return self._hand_off(asked.key, asked.place, draft)
        return await self._commit_and_tell(asked, sending, packing.supplement_changes(self._seals, sending))

    def _sending(self, asked: _Asked, draft: Draft) -> Sending | None:
        answers = draft.state.answers
        desk = self._desk_of(asked.place, draft)
        if desk is None:
            return None
        return Sending(
            key=asked.key,
            place=asked.place,
            desk=desk,
            draft=msgspec.structs.replace(draft, desk=desk),
            identity=asked.identity,
            urgent=self._routing.is_urgent(answers),
            at=self._clock.now(),
        )

    def _desk_of(self, place: Place, draft: Draft) -> DeskName | None:
        """Where this telling goes: None where its desk turns out to be run by whom it is about.

        It stays with the desk it was captured for or sent to, whatever the settings say since.
        """
        own = draft.desk or next(map(DeskName, draft.digests), None)
        if own is None or own not in self._seals.desks:
            return self._routing.route(place, draft.state.answers, draft.subject_is_staff)
        then = msgspec.structs.replace(place, desk=own)
        desk = self._routing.route(then, draft.state.answers, draft.subject_is_staff)
        return desk if draft.desk in {None, desk} else None

    def _hand_off(self, key: DraftKey, place: Place, draft: Draft) -> Shown:
        """The subject turned out to run the place, and no other desk is there: nothing goes to them."""
        answers = msgspec.structs.replace(draft.state.answers, runs_place=YesNo.YES)
        closed = msgspec.structs.replace(place, staff_route=False)
        state = msgspec.structs.replace(draft.state, answers=answers, at="first")
        turn = self._dialogue.answer(closed, state, Press(screen="first", button="send"))
        return self._show(key, turn, stored=False)

    async def _commit_and_tell(self, asked: _Asked, sending: Sending, changes: list[Change]) -> Shown:
        """Commit the changes with the state that follows them, and show what became of it."""
        key, place, state = sending.key, sending.place, sending.draft.state
        stored = self._dialogue.outcome(place, state, Outcome.STORED, sending.reference)
        after = msgspec.structs.replace(sending.draft, state=stored.state)
        changes.append(packing.keep_draft(key, place, after, sending.at))
        self._checkpoint(KillPoint.SEAL)
        write = self._begin(changes, asked.guard)
        storing = self._dialogue.outcome(place, state, Outcome.STORING)
        self._remember(key, Waiting(write, _with_state(sending.draft, storing.state)))
        try:
            outcome = await self._wait(write, asked.ends - _now())
        except (asyncio.CancelledError, _Crossed):
            self._waiting.pop(draft_id(key), None)  # nobody waits any more; the ledger says what became of it
            raise
        if outcome is Outcome.STORING:
            return self._show(key, storing, stored=False)
        waited = self._waiting.pop(draft_id(key), None)
        if outcome is not Outcome.STORED:
            return self._show(key, self._dialogue.outcome(place, state, outcome), stored=False)
        self._remember_sent(key)
        self._checkpoint(KillPoint.ACKNOWLEDGE)
        if waited is not None and waited.draft.state.answers != state.answers:
            self._keep_since(
                asked._replace(guard=self._guard(changes[-1])), after, waited.draft.state.answers
            )
        return self._show(key, stored, stored=True)

    def _keep_since(self, asked: _Asked, after: Draft, answers: Answers) -> None:
        """What was told beside the press that sent is not sent yet, and is not forgotten."""
        state = msgspec.structs.replace(after.state, answers=answers, unsent=True)
        keep = packing.keep_draft(asked.key, asked.place, _with_state(after, state), self._clock.now())
        self._begin([keep], asked.guard)

    def _guard(self, kept: Change) -> _Guard | None:
        """The draft as this change leaves it."""
        (row,) = kept.rows
        return _Guard(row["draft"], row["state"]) if self._shared else None

    async def _ask_again(self, asked: _Asked, draft: Draft) -> Shown:
        """Whether a write of before is stored: asked of the write itself, else of the ledger."""
        key, place = asked.key, asked.place
        outcome = await self._outcome_of(asked, draft)
        if outcome is not Outcome.STORING:
            self._waiting.pop(draft_id(key), None)
        turn = self._dialogue.outcome(place, draft.state, outcome, reference_of(key))
        if turn.wish is Wish.ADD:
            return await self._add(asked, _with_state(draft, turn.state))
        if outcome is Outcome.STORED:
            self._remember_sent(key)
            after = _with_state(draft, turn.state)
            self._begin([packing.keep_draft(key, place, after, self._clock.now())], asked.guard)
        return self._show(key, turn, stored=outcome is Outcome.STORED)

    async def _outcome_of(self, asked: _Asked, draft: Draft) -> Outcome:
        """Of the report, or where that was sent, of what was added to it."""
        key = asked.key
        waiting = self._waiting.get(draft_id(key))
        if waiting is not None:
            return await self._wait(waiting.task, asked.ends - _now())
        item = packing.supplement_id(key, draft.state) if draft.state.reference else packing.report_id(key)
        told = await self._told(do.STATUS_BY_ITEM, {"of_item": item}, asked.ends - _now())
        if not told.asked:
            return Outcome.UNKNOWN
        return Outcome.STORED if told.known else Outcome.REFUSED

    def _note(self, key: DraftKey, draft: Draft) -> None:
        """What is said while a write is under way is not forgotten with it."""
        waiting = self._waiting.get(draft_id(key))
        if waiting is not None:
            self._waiting[draft_id(key)] = waiting._replace(draft=draft)

    def _remember(self, key: DraftKey, waiting: Waiting) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[draft_id(key)] = waiting

    def _remember_sent(self, key: DraftKey) -> None:
        if len(self._sent) >= _MOST_SENT:
            del self._sent[next(iter(self._sent))]
        self._sent[draft_id(key)] = None

    async def _told(self, query: Executable, values: Mapping[str, Any], at_most: float | None = None) -> Told:
        limit = self._limits.read if at_most is None else min(self._limits.read, at_most)
        try:
            async with asyncio.timeout(max(limit, LEAST_S)):
                row = await self._ledger.read(lambda conn: conn.execute(query, values).one_or_none())
        except (LedgerError, TimeoutError):
            return Told(known=False, asked=False)
        return told_of(row)

    def _begin(self, changes: list[Change], guard: _Guard | None = None) -> asyncio.Task[Outcome | None]:
        """Begin a write that goes on whether or not anybody waits for it."""
        return self._writes.create_task(self._write(changes, guard))

    @staticmethod
    async def _wait(write: asyncio.Task[Outcome | None], limit: float) -> Outcome:
        """What came of it within the time; raises _Crossed."""
        await asyncio.wait({write}, timeout=max(limit, LEAST_S))
        outcome = write.result() if write.done() else Outcome.STORING
        if outcome is None:
            raise _Crossed
        return outcome

    async def _write(self, changes: list[Change], guard: _Guard | None) -> Outcome | None:
        """None: another process wrote the same draft meanwhile, and nothing was changed."""
        try:
            await self._store(changes, guard)
        except _Crossed:
            return None
        except LedgerUnknown:
            log.error("write_unknown")  # noqa: TRY400 - the ledger has said why
            return Outcome.UNKNOWN
        except LedgerError as error:
            log.error("write_refused", error=error.code)  # noqa: TRY400 - the same
            return Outcome.REFUSED
        except Exception as error:  # noqa: BLE001 - the edge of a task
            log.error("write_failed", error=type(error).__name__)  # noqa: TRY400 - its words may quote answers
            return Outcome.REFUSED
        self._checkpoint(KillPoint.COMMIT)
        await self._signals.wake(OUTBOX_TOPIC)
        return Outcome.STORED

    async def _store(self, changes: list[Change], guard: _Guard | None) -> None:
        if guard is None:
            await self._ledger.append(*changes)
        else:
            await self._ledger.transact(partial(_guarded, changes=changes, guard=guard))

    def _show_kept(self, outcome: Outcome, key: DraftKey, place: Place, turn: Turn) -> Shown:
        if outcome is Outcome.STORED:
            return self._show(key, turn, stored=True)
        return self._show(key, self._dialogue.outcome(place, turn.state, Outcome.REFUSED), stored=False)

    @staticmethod
    def _show(key: DraftKey, turn: Turn, *, stored: bool) -> Shown:
        return Shown(key=key, screen=turn.screen, state=turn.state, stored=stored)


def _forgotten(key: DraftKey, press: Press, *, was_sent: bool) -> State:
    """All that is known of a draft that cannot be read. Who sends once more had something to add.

    Not from the first screen: there the answer to Send was lost on its way.
    """
    if not was_sent:
        return State()
    adds = press.button in {"send", "try_again"} and press.screen != "first"
    return State(at="sent", reference=reference_of(key), outcome=Outcome.STORED, unsent=adds)


def _guarded(conn: Connection, *, changes: Sequence[Change], guard: _Guard) -> None:
    """All changes, if the draft is still what it was; raises _Crossed."""
    found = conn.execute(do.READ_STATE, {"of_draft": guard.draft}).scalar_one_or_none()
    if found != guard.state:
        raise _Crossed
    for change in changes:
        for row in change.rows:
            conn.execute(change.statement, row)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _with_state(draft: Draft, state: State) -> Draft:
    return msgspec.structs.replace(draft, state=state)


def _with_carried(draft: Draft, carried: State | None) -> Draft:
    """The draft, and over it what the screen carried: that is newer, and knows only what was said since."""
    kept = draft.state
    if carried is None or (carried.reference is not None and kept.reference is None):
        return draft
    answers = _over(kept.answers, carried.answers)
    if kept.added > carried.added and carried.reference is not None:  # what it had added was stored
        added = msgspec.structs.replace(kept, at=carried.at, back_to=carried.back_to)
        since = msgspec.structs.replace(added, answers=answers, unsent=True)
        return _with_state(draft, since if carried.unsent else added)
    if carried.reference is None and kept.reference is not None:
        was_sent = carried.outcome in {Outcome.STORING, Outcome.UNKNOWN}
        told_since = msgspec.structs.replace(kept, at=carried.at, answers=answers, unsent=True)
        return draft if was_sent else _with_state(draft, told_since)
    state = msgspec.structs.replace(
        carried,
        answers=answers,
        country=carried.country or kept.country,
        evidence=carried.evidence or kept.evidence,
    )
    return _with_state(draft, state)


def _over(kept: Answers, said: Answers) -> Answers:
    """Both, where both answer the later one."""
    nothing = Answers()
    names = Answers.__struct_fields__
    later = {name: getattr(said, name) for name in names if getattr(said, name) != getattr(nothing, name)}
    return msgspec.structs.replace(kept, **later)


def _stores(place: Place) -> bool:
    """A community without a desk captures and stores nothing."""
    return place.desk is not None and place.standing is not Standing.NONE
