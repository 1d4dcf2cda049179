"""One telling on the web as the requests it consists of: sent, cut off, sent again, in any order."""

import json
import signal
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bots.web.inbound import ANSWER
from core.evidence.drafts import DraftKey, new_draft_key
from core.ids import ReportId
from core.ledger.road import news, outbox
from core.ledger.schema import ROAD
from core.reports.packing import report_id
from core.reports.reference import reference_of
from desk.tables import DESK
from desk.tables import parts as desk_parts
from tests.program import Program

WORDS = "he keeps asking where I live"
SAID = "come to a private chat"
AROUND = "hello there"
WHOLE = ["answers", "context", "reported", "supplement"]
"""The kinds of the parts of a telling that arrived."""
ANSWERED = {"danger": "no", "category": "grooming", "runs_place": "no"}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request, byte for byte the same each time."""

    name: str
    path: str
    kind: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Somebody's whole way: handed over, sent, surroundings handed over, more told, that sent."""

    origin: str
    community: str = "practice"
    page: str = ""
    """The origin of the page that hands over; empty: our own, as in practice."""
    key: DraftKey = field(default_factory=new_draft_key)
    acknowledged: set[str] = field(default_factory=set)
    """The names of the requests that were answered with "It is stored"."""

    @property
    def reference(self) -> str:
        return reference_of(self.key)

    @property
    def report(self) -> ReportId:
        return report_id(self.key)

    @property
    def requests(self) -> tuple[Sent, ...]:
        return (
            self._evidence("evidence", [SAID], late=False),
            self._press("send", screen="first", button="send", **ANSWERED),
            self._evidence("late", [AROUND], late=True),
            self._press("tell", screen="more", button="next", own_words=WORDS),
            self._press("add", screen="choices", button="send"),
        )

    async def tell(self, session: aiohttp.ClientSession, requests: Iterable[Sent] | None = None) -> None:
        """Send these, or all of them; raises ClientError where the line is cut."""
        for request in self.requests if requests is None else requests:
            async with session.post(
                self.origin + request.path, data=request.body, headers={"Content-Type": request.kind}
            ) as answer:
                self._take(request, answer.status, await answer.text())

    async def tell_until_cut(self, session: aiohttp.ClientSession) -> None:
        with suppress(aiohttp.ClientError, OSError):
            await self.tell(session)

    def _take(self, request: Sent, status: int, text: str) -> None:
        assert status == 200, (request.name, status)
        stored = {
            "evidence": 'data-stored="yes"' in text,
            "send": self.reference in text,
            "late": text == '{"stored": true}',
            "tell": False,
            "add": self.reference in text and 'data-outcome="stored"' in text,
        }
        if stored[request.name]:
            self.acknowledged.add(request.name)

    def _press(self, name: str, *, screen: str, button: str, **answers: str) -> Sent:
        fields = {"key": self.key.text, "screen": screen, "button": button}
        fields |= {f"{ANSWER}{question}": value for question, value in answers.items()}
        kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
        return Sent(name=name, path=f"/report/{self.community}", kind=kind, body=body)

    def _evidence(self, name: str, texts: list[str], *, late: bool) -> Sent:
        told: dict[str, Any] = {
            "key": self.key.text,
            "origin": self.page or self.origin,
            "late": late,
            "conversation": {
                "messages": [
                    {"id": f"{name}-{number}", "author": {"id": "u7", "name": "Robin"}, "text": text}
                    | ({} if late else {"reported": True})
                    for number, text in enumerate(texts)
                ]
            },
        }
        path = f"/report/{self.community}/evidence"
        return Sent(name=name, path=path, kind="application/json", body=json.dumps(told).encode())


async def killed(program: Program, death: str, telling: Telling, session: aiohttp.ClientSession) -> None:
    """Somebody tells while the process dies of this; what lay there before may kill it at its start."""
    with suppress(AssertionError):
        await program.start(death)
    await telling.tell_until_cut(session)
    assert await program.ended() == -signal.SIGKILL, death


def acknowledged(telling: Telling) -> set[str]:
    """The kinds of the parts that somebody was told are stored, as far as they belong to a report by now."""
    parts = {"send": "answers", "evidence": "reported", "late": "context", "add": "supplement"}
    told = telling.acknowledged if "send" in telling.acknowledged else set()
    return {parts[name] for name in told}


async def at_the_desk(program: Program) -> dict[str, set[str]]:
    """Report to the kinds of its parts."""
    found: dict[str, set[str]] = {}
    for row in await program.rows(DESK, desk_parts):
        found.setdefault(row.report, set()).add(row.kind)
    return found


async def delivered(program: Program) -> bool:
    return all(row.delivered_at is not None for row in await program.rows(ROAD, outbox))


def as_if_the_lease_had_run_out(program: Program) -> None:
    """Nobody has to wait here for the half minute that the dead one had for itself."""
    with closing(sqlite3.connect(program.data / "road.sqlite")) as conn:
        assert conn.execute("UPDATE news SET lease_until = NULL WHERE kind = 'read'").rowcount == 1
        conn.commit()


async def nobody_waits_for_news(program: Program) -> bool:
    """All that was to be told is noted as told; what is told is swept away any moment later."""
    return all(row.state != "waiting" for row in await program.rows(ROAD, news))
