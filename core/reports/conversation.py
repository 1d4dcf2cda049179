"""What a reference leads to: what became of the report, what its desk wrote, and the way to answer it.

An answer is sealed at once to the desk's pinned keys and committed before anybody is told that it was sent.
What the desk wrote is fetched when somebody asks, and kept nowhere here. Raises no LedgerError.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import structlog
from sqlalchemy import Connection, Executable

from core.checkpoints import Checkpoint, KillPoint, no_checkpoint
from core.clock import Clock
from core.delivery.model import Desk
from core.delivery.wire import AnswerTo, MessageTold, StatusTold
from core.dialogue.model import Outcome
from core.errors import DeliveryError, LedgerError
from core.evidence import envelope
from core.evidence.parts import PartKind
from core.ids import DeskName, ItemId, PartId
from core.ledger.port import Change, Ledger
from core.reports import statements as do
from core.reports.model import Answers, Standing, Supplement
from core.reports.packing import Seals, derived
from core.reports.reference import parse_reference
from core.reports.told import Told, told_of

log = structlog.get_logger(__name__)

T = TypeVar("T")

_SHOWN_S: Final = 5.0
"""Saying that it was shown waits for nobody, and nobody waits for it."""
_IDS_AT_ONCE: Final = 100
LEAST_S: Final = 0.02
"""What a write or a look is waited for where reading took all the time there was."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long somebody who pressed may be kept waiting, in seconds; chat platforms give three in all."""

    read: float = 1.5
    """For our own ledger."""
    status: float = 1.8
    """For everything about a reference, with what the desk says."""
    send: float = 2.0


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came out of one form. The same one twice is stored once."""

    reference: str
    form: str
    """Random, another one each time a form is shown."""
    text: str

    @property
    def form_id(self) -> str:
        """Tells nothing about the reference."""
        return derived(self.reference, "form", self.form)

    @property
    def item(self) -> ItemId:
        """Other words out of the same form are another answer: nothing said is taken for sent unsent."""
        return ItemId(derived(self.reference, "answer", self.form, self.text))

    def __repr__(self) -> str:
        return "<Written hidden>"


class Conversation:
    """One a process, on its road's ledger."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        seals: Seals,
        desks: Mapping[DeskName, Desk],
        clock: Clock,
        is_urgent: Callable[[Answers], bool],
        write: Callable[[list[Change]], "asyncio.Task[Outcome | None]"],
        checkpoint: Checkpoint = no_checkpoint,
        times: Times | None = None,
    ) -> None:
        """`desks`: those that can be asked, as they become known. `write` begins a write, and owns it."""
        self._ledger = ledger
        self._seals = seals
        self._desks = desks
        self._clock = clock
        self._is_urgent = is_urgent
        self._write = write
        self._checkpoint = checkpoint
        self.times = times or Times()

    async def status(self, reference: str) -> Told:
        """What may be said of a report by its reference. Raises ReferenceInvalid before any look-up.

        Its row on the road answers, and its desk says what it wrote; where that row is gone, the one desk
        there is answers alone. Another desk is never handed a reference.
        """
        reference = parse_reference(reference)
        ends = _now() + self.times.status
        here = await self._here(reference, ends)
        if here.known and here.received_at is None:
            return here  # no desk knows of it yet
        desk = here.desk if here.known else self._only_desk()
        if desk is None or desk not in self._desks:
            return here
        return _both(here, await self._asked(desk, reference, ends), desk)

    async def shown(self, reference: str, told: Told, messages: Sequence[MessageTold]) -> None:
        """These stood on somebody's screen: the desk is told. Never raises; nobody is to wait for it."""
        desk = None if told.desk is None else self._desks.get(told.desk)
        ids = tuple(dict.fromkeys(message.id for message in messages))
        if desk is None or not ids:
            return
        try:
            async with asyncio.timeout(_SHOWN_S):
                for start in range(0, len(ids), _IDS_AT_ONCE):
                    await desk.messages_read(parse_reference(reference), ids[start : start + _IDS_AT_ONCE])
        except (DeliveryError, TimeoutError) as error:
            log.warning("messages_read_not_told", error=getattr(error, "code", type(error).__name__))

    async def answer(self, written: Written, *, may_ask: bool = True) -> Outcome:
        """Seal and commit it with its outbox row. STORED only once it is durable; safe to repeat.

        `may_ask`: whether the desk may be asked about a reference that the road has forgotten; where it has
        not, nobody's answer is ever counted or slowed.

        STORING: it is still being written, and asking again finds out. REFUSED: nothing is stored.
        """
        ends = _now() + self.times.send
        to = await self._to(written.reference, ends, may_ask=may_ask)
        if to is None:
            return Outcome.REFUSED
        changes = self._changes(written, to)
        self._checkpoint(KillPoint.SEAL)
        write = self._write(changes)
        await asyncio.wait({write}, timeout=max(ends - _now(), LEAST_S))
        if not write.done():
            return Outcome.STORING
        outcome = write.result() or Outcome.REFUSED
        if outcome is Outcome.STORED:
            self._checkpoint(KillPoint.ACKNOWLEDGE)
        return outcome

    async def outcome(self, written: Written) -> Outcome:
        """Whether anything out of this form is stored, where nobody knows its words any more."""
        ends = _now() + self.times.send
        try:
            found = await self._read(do.ANSWERED_IN, {"of_form": written.form_id}, ends)
        except (LedgerError, TimeoutError):
            return Outcome.UNKNOWN
        return Outcome.REFUSED if found is None else Outcome.STORED

    async def _here(self, reference: str, ends: float) -> Told:
        """What the road's own ledger says."""
        try:
            row = await self._read(do.STATUS_BY_TAG, {"by_tag": self._seals.tag(reference)}, ends)
        except (LedgerError, TimeoutError):
            return Told(known=False, asked=False)
        return told_of(row)

    def _only_desk(self) -> DeskName | None:
        return next(iter(self._desks)) if len(self._desks) == 1 else None

    async def _asked(self, desk: DeskName, reference: str, ends: float) -> StatusTold | None:
        """None where the desk cannot be asked now."""
        try:
            return await _within(self._desks[desk].status(reference), ends)
        except (DeliveryError, TimeoutError):
            return None

    async def _to(self, reference: str, ends: float, *, may_ask: bool) -> AnswerTo | None:
        """What an answer belongs to, by our own row, else by what the one desk says."""
        try:
            row = await self._read(do.TO_ANSWER, {"by_tag": self._seals.tag(reference)}, ends)
        except (LedgerError, TimeoutError):
            return None
        if row is not None:
            return self._ours(_from_row(row), row.desk)
        desk = self._only_desk() if may_ask else None
        told = None if desk is None else await self._asked(desk, reference, ends)
        return None if told is None or desk is None else self._ours(told.answer_to, desk)

    def _ours(self, to: AnswerTo | None, desk: DeskName) -> AnswerTo | None:
        """Only a desk of this road's own is written to, and none at the word of another."""
        return to if to is not None and to.desk == desk and desk in self._seals.desks else None

    def _changes(self, written: Written, to: AnswerTo) -> list[Change]:
        now = self._clock.now()
        told = Supplement(report=to.report, answers=Answers(), added_at=now, reply=written.text)
        part = envelope.seal_supplement(
            told,
            part=PartId(written.item),
            draft=to.draft,
            community=to.community,
            desk=to.desk,
            recipients=self._seals.desks[to.desk],
            report=to.report,
        )
        row: dict[str, Any] = {"item": written.item, "draft": to.draft, "desk": to.desk, "at": now}
        sealed = {"part": part.id, "kind": PartKind.SUPPLEMENT.value, "sealed": part.sealed}
        bound = {
            "report": to.report,
            "form": written.form_id,
            "community": to.community,
            "platform": to.platform,
            "standing": to.standing.value,
        }
        urgent = self._is_urgent(Answers(own_words=written.text))
        item = {name: row[name] for name in ("item", "desk", "at")} | {"report": to.report, "urgent": urgent}
        return [
            Change(do.ANSWER_PART, [row | sealed]),
            Change(do.ANSWER_ITEM, [item]),
            Change(do.ANSWER, [row | bound]),
        ]

    async def _read(self, query: Executable, values: Mapping[str, Any], ends: float) -> Any:
        """One row or None. Raises LedgerError, and TimeoutError where it takes too long."""

        def read(conn: Connection) -> Any:
            return conn.execute(query, values).one_or_none()

        return await _within(self._ledger.read(read), min(ends, _now() + self.times.read))


def _both(here: Told, there: StatusTold | None, desk: DeskName) -> Told:
    """What the road knows with what the desk says."""
    if there is None or not (there.known or here.known):
        return here if there is not None else msgspec.structs.replace(here, asked=False)
    answer_to = there.answer_to
    return msgspec.structs.replace(
        here,
        known=True,
        asked=True,
        received_at=here.received_at or there.received_at,
        read_at=here.read_at or there.read_at,
        desk=desk,
        messages=tuple(sorted(there.messages, key=lambda message: message.at)),
        answer_to=answer_to if answer_to is not None and answer_to.desk == desk else None,
    )


def _from_row(row: Any) -> AnswerTo:
    return AnswerTo(
        report=row.id,
        draft=row.draft,
        community=row.community,
        platform=row.platform,
        desk=row.desk,
        standing=Standing(row.standing),
    )


async def _within(call: Awaitable[T], ends: float) -> T:
    async with asyncio.timeout(max(ends - _now(), LEAST_S)):
        return await call


def _now() -> float:
    return asyncio.get_running_loop().time()
