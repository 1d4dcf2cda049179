"""Requests of people who are reported: one supervisor takes it in, another decides, it is answered once.

Reports are found by the keyed hashes of what they name. A reporter's own access goes by their reference.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.errors import CannotOpen, InputRefused
from core.evidence.canonical import decode, encode
from core.ids import ReportId
from core.ledger.trail import Entry, record
from core.reports.categories import Categories
from core.reports.model import Category
from desk import own
from desk.casework.acts import By, case_in
from desk.casework.model import CaseState
from desk.casework.place import members_of
from desk.casework.writing import Bench, said
from desk.duties import acts as duties
from desk.duties.model import DutyState
from desk.linking.suggesting import STRONG
from desk.linking.values import Kind, Value, named_in, tags_of
from desk.model import Scope
from desk.own import Own
from desk.subject_access.deciding import Answer, Held, decide
from desk.subject_access.model import KEPT_FOR, Asked, Request, Verdict
from desk.tables import links, reports, subject_requests, trail
from desk.unlocking.acts import was_danger

ASKED: Final = "subject_access_asked"
READ: Final = "subject_access_read"
DECIDED: Final = {Verdict.AGREED: "subject_access_agreed", Verdict.REFUSED: "subject_access_refused"}
GIVEN: Final = "subject_access_given"
"""The actions in the trail."""
SHOWN: Final = 100
MOST: Final = 500
"""Reports of one request."""
HANDED_ON: Final = frozenset({"passed_on_police", "passed_on_service"})
"""Outcomes of config/outcomes.toml that somebody outside works on."""

_requests = subject_requests.c
_HAVING = (
    sa.select(links.tags.c.report, links.tags.c.kind)
    .join(reports, reports.c.id == links.tags.c.report)
    .where(
        links.tags.c.tag.in_(bind("these", expanding=True)),
        reports.c.desk == bind("desk"),
        reports.c.standing == bind("standing"),
    )
    .order_by(links.tags.c.report)
    .limit(MOST)
)
_NEW = sa.insert(subject_requests)
_ONE = sa.select(subject_requests).where(
    _requests.id == bind("which"), _requests.desk == bind("desk"), _requests.standing == bind("standing")
)
_LATEST = (
    sa.select(subject_requests)
    .where(_requests.desk == bind("desk"), _requests.standing == bind("standing"))
    .order_by(_requests.asked_at.desc(), _requests.id)
    .limit(SHOWN)
)
_DECIDE = (
    sa.update(subject_requests)
    .where(_requests.id == bind("which"))
    .values(
        verdict=bind("said"), decided_at=bind("when", type_=_requests.decided_at.type), decided_by=bind("who")
    )
)
_GIVE = (
    sa.update(subject_requests)
    .where(_requests.id == bind("which"))
    .values(given_at=bind("when", type_=_requests.given_at.type), given_by=bind("who"))
)
_OVER = sa.delete(subject_requests).where(
    sa.func.coalesce(_requests.decided_at, _requests.asked_at)
    <= bind("before", type_=_requests.decided_at.type)
)


class Named(NamedTuple):
    """What they say is theirs."""

    platform: str
    account: str
    others: str
    """E-mail addresses, telephone numbers, handles with an @; as they stand in a text."""
    country: str

    @property
    def values(self) -> tuple[Value, ...]:
        own = f"{self.platform.strip()} {self.account.strip()}"
        account = [Value(Kind.ACCOUNT, own)] if self.account.strip() else []
        wanted = {Kind.EMAIL, Kind.PHONE, Kind.HANDLE}
        region = self.country.strip().upper() or None
        found = (each for each in named_in(self.others, region) if each.kind in wanted)
        return tuple(dict.fromkeys([*account, *found]))


class Shown(NamedTuple):
    """What a recorded look shows of a request. `asked` None: no key opens it."""

    request: Request
    asked: Asked | None
    answer: Answer


class SubjectAccess:
    """The requests of one desk. All raise InputRefused and LedgerError."""

    def __init__(self, bench: Bench, categories: Categories) -> None:
        self._bench = bench
        self._categories = categories

    async def ask(self, named: Named, proof: str, *, by: str) -> str:
        """Find what is held, seal it, and keep it for a second person; the request's id."""
        said(reason=proof)
        if not named.values:
            raise InputRefused("access-nothing", field="account")
        tags = [each.tag for each in tags_of(self._bench.keys.linking, named.values)]
        found = await self._bench.ledger.read(partial(_having, scope=self._bench.scope, tags=tags))
        new_id = self._bench.new_id()
        sealed = await asyncio.to_thread(self._sealed, new_id, _asked(named, proof, found))
        job = partial(_take_in, by=self._bench.by(by), new_id=new_id, sealed=sealed)
        await self._bench.act(job)
        return new_id

    async def latest(self) -> tuple[Request, ...]:
        rows = await self._bench.ledger.read(lambda conn: conn.execute(_LATEST, _of(self._bench.scope)).all())
        return tuple(map(_request, rows))

    async def read(self, request: str, *, by: str) -> Shown:
        """Record that somebody reads it, and only then open it. Decided on the reports as they are."""
        row = await self._bench.act(partial(_read, by=self._bench.by(by), request=request))
        return await self._shown(row)

    async def decide(self, request: str, verdict: Verdict, *, by: str) -> None:
        """The second person's word; never of whoever took it in."""
        await self._bench.act(partial(_decide, by=self._bench.by(by), request=request, verdict=verdict))

    async def give(self, request: str, *, by: str) -> Answer:
        """The answer, once."""
        if (await self._shown(await self._row(request))).asked is None:
            raise InputRefused("access-closed")
        row = await self._bench.act(partial(_give, by=self._bench.by(by), request=request))
        return (await self._shown(row)).answer

    async def _row(self, request: str) -> Any:
        return await self._bench.ledger.read(partial(_required, scope=self._bench.scope, request=request))

    async def _shown(self, row: Any) -> Shown:
        asked = await asyncio.to_thread(self._opened, row)
        held: Sequence[Held] = ()
        if asked is not None:
            job = partial(_held, scope=self._bench.scope, asked=asked, categories=self._categories)
            held = await self._bench.ledger.read(job)
        return Shown(_request(row), asked, decide(held))

    def _sealed(self, id_: str, asked: Asked) -> bytes:
        return own.sealed(self._bench.keys, Own.REQUEST, id_, encode(asked))

    def _opened(self, row: Any) -> Asked | None:
        try:
            return decode(own.opened(self._bench.keys.opening, Own.REQUEST, row.id, row.sealed), Asked)
        except CannotOpen:
            return None


def forget(conn: sa.Connection, now: Any) -> int:
    """Delete requests that were decided long ago, or asked then and never decided; how many."""
    return conn.execute(_OVER, {"before": now - KEPT_FOR}).rowcount


def _having(conn: sa.Connection, scope: Scope, tags: Sequence[str]) -> list[tuple[ReportId, Kind]]:
    rows = conn.execute(_HAVING, {"these": list(tags)} | _of(scope))
    return [(ReportId(row.report), Kind(row.kind)) for row in rows]


def _asked(named: Named, proof: str, found: Sequence[tuple[ReportId, Kind]]) -> Asked:
    surely = {report for report, kind in found if kind in STRONG}
    maybe = {report for report, _ in found} - surely
    about = "\n".join(
        text for text in (f"{named.platform} {named.account}".strip(), named.others.strip()) if text
    )
    return Asked(about=about, proof=proof, surely=tuple(sorted(surely)), maybe=tuple(sorted(maybe)))


def _held(conn: sa.Connection, scope: Scope, asked: Asked, categories: Categories) -> tuple[Held, ...]:
    """Reports that are gone since are held no longer."""
    surely = set(asked.surely)
    found = (
        _one(conn, scope, report, categories, surely=report in surely)
        for report in (*asked.surely, *asked.maybe)
    )
    return tuple(each for each in found if each is not None)


def _one(
    conn: sa.Connection, scope: Scope, report: ReportId, categories: Categories, *, surely: bool
) -> Held | None:
    case = case_in(conn, scope, report)
    if case is None or case.erased_at is not None:
        return None
    members = members_of(conn, case.id)
    row = next(each for each in members if each["id"] == report)
    category = None if row["category"] is None else Category(row["category"])
    ids = sorted({case.id, *(ReportId(each["id"]) for each in members)})
    told = any(duty.state is DutyState.DONE for duty in duties.of_cases(conn, ids))
    return Held(
        report=report,
        category=category,
        sexual_abuse=category is not None and categories[category].sexual_abuse,
        received_at=row["received_at"],
        closed=case.state is CaseState.CLOSED,
        handed_on=told or case.outcome in HANDED_ON or case.held_since is not None,
        danger=was_danger(conn, scope, report),
        surely=surely,
    )


def _take_in(conn: sa.Connection, by: By, new_id: str, sealed: bytes) -> None:
    row = {"id": new_id, "asked_at": by.now, "asked_by": by.who, "sealed": sealed} | _of(by.scope)
    conn.execute(_NEW, row | {"decided_by": "", "verdict": "", "given_by": ""})
    _record(conn, by, ASKED, new_id)


def _read(conn: sa.Connection, by: By, request: str) -> Any:
    row = _required(conn, by.scope, request)
    _record(conn, by, READ, request)
    return row


def _decide(conn: sa.Connection, by: By, request: str, verdict: Verdict) -> None:
    row = _required(conn, by.scope, request)
    if row.verdict:
        raise InputRefused("access-decided")
    if row.asked_by == by.who:
        raise InputRefused("access-own")
    conn.execute(_DECIDE, {"which": request, "said": verdict.value, "when": by.now, "who": by.who})
    _record(conn, by, DECIDED[verdict], request)


def _give(conn: sa.Connection, by: By, request: str) -> Any:
    row = _required(conn, by.scope, request)
    if row.verdict != Verdict.AGREED:
        raise InputRefused("access-undecided")
    if row.given_at is not None:
        raise InputRefused("access-given")
    conn.execute(_GIVE, {"which": request, "when": by.now, "who": by.who})
    _record(conn, by, GIVEN, request)
    return row


def _required(conn: sa.Connection, scope: Scope, request: str) -> Any:
    row = conn.execute(_ONE, {"which": request} | _of(scope)).one_or_none()
    if row is None:
        raise InputRefused("access-unknown")
    return row


def _request(row: Any) -> Request:
    return Request(
        id=row.id,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        verdict=Verdict(row.verdict) if row.verdict else None,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        given_at=row.given_at,
        given_by=row.given_by,
    )


def _of(scope: Scope) -> dict[str, Any]:
    return scope.named


def _record(conn: sa.Connection, by: By, action: str, request: str) -> None:
    record(conn, trail, Entry(at=by.now, who=by.who, action=action, target=request, detail=_of(by.scope)))
