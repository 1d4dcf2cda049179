"""Sends pages: a mail to whoever is paged, and a signed webhook. Numbers, times and a link only."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import aiohttp
import msgspec
import structlog

from core.clock import Clock
from core.delivery.alarms import RING_S, Alarm, AlarmKind
from core.delivery.bells import MailBell, WebhookBell, Words, subject, text
from core.delivery.desk import open_session
from core.delivery.signing import check_secret
from core.dialogue.model import Say
from core.errors import DeliveryError, InputRefused
from core.reports.model import Standing
from core.settings.model import Alarm as AlarmSettings
from desk.model import Scope
from desk.rota.ladder import OUTSIDE
from desk.rota.model import PageRecord, Unsent

log = structlog.get_logger(__name__)


class Ways(NamedTuple):
    """By what pages leave this desk. Without any of it they stand on the screens of the desk only."""

    words: Words
    console: str = ""
    """Where the desk is reached, for the link in a page."""
    mail: MailBell | None = None
    webhook: Callable[[aiohttp.ClientSession], WebhookBell] | None = None


def ways_of(
    settings: AlarmSettings, secrets: tuple[str, str], words: Words, clock: Clock, console: str
) -> Ways:
    """The ways that alarms go. `secrets`: the password of the mail server, and what signs the webhook.

    Raises KeysMissing and InputRefused as the bells do.
    """
    password, secret = secrets
    mails = settings.smtp_host and settings.mail_from
    mail = MailBell(settings, password, words, clock=clock) if mails else None
    if settings.webhook_url:
        check_secret(secret)

    def post(session: aiohttp.ClientSession) -> WebhookBell:
        return WebhookBell(settings.webhook_url, secret, session, clock=clock)

    return Ways(words, console, mail, post if settings.webhook_url else None)


class Letter(NamedTuple):
    """A page as it is sent."""

    line: str
    body: str
    kind: str
    data: dict[str, Any]


class Tried(NamedTuple):
    """How far a page got."""

    record: PageRecord
    fault: Unsent | None
    done: bool
    """Nothing of it is left to be sent by any way there is."""


async def send(
    ways: Ways, scope: Scope, page: PageRecord, addresses: Mapping[str, str], now: datetime
) -> Tried:
    """By every way by which it has not left yet. Raises nothing of its own."""
    letter = letter_of(ways, scope, page)
    to = _to(ways, page, addresses)
    mails = ways.mail is not None and bool(to) and page.mailed_at is None
    posts = ways.webhook is not None and page.posted_at is None
    mailed = await _heard("mail", lambda: _mail(ways, letter, to)) if mails else False
    posted = await _heard("webhook", lambda: _post(ways, letter, page)) if posts else False
    record = msgspec.structs.replace(
        page, mailed_at=now if mailed else page.mailed_at, posted_at=now if posted else page.posted_at
    )
    fault = Unsent.MAIL if mails and not mailed else Unsent.WEBHOOK if posts and not posted else None
    if fault is None and record.mailed_at is None and record.posted_at is None:
        fault = Unsent.NOWHERE
    return Tried(record, fault, done=fault in {None, Unsent.NOWHERE})


def letter_of(ways: Ways, scope: Scope, page: PageRecord) -> Letter:
    """What it says: the same for everybody, and nothing of what was reported."""
    letter = _missed(ways, page) if page.drill and page.person == OUTSIDE else _page(ways, scope, page)
    if scope.standing is not Standing.PRACTICE:
        return letter
    return letter._replace(line=ways.words(Say("desk-page-practice", {"line": letter.line})))


def _missed(ways: Ways, page: PageRecord) -> Letter:
    """That a drill was missed: an alarm as any other."""
    alarm = Alarm(kind=AlarmKind.DRILL, count=1, since=page.since, items=(), faults={})
    data = {"since": page.since, "console": ways.console}
    return Letter(subject(alarm, ways.words), text(alarm, ways.words), f"lifebelt.alarm.{alarm.kind}", data)


def _page(ways: Ways, scope: Scope, page: PageRecord) -> Letter:
    line = ways.words(_subject(page))
    since = Say("desk-page-since", {"since": f"{page.since:%Y-%m-%d %H:%M} UTC"})
    said = [ways.words(since), ways.words(Say(f"desk-page-step-{'drill' if page.drill else page.step}"))]
    if page.apart:
        said.append(ways.words(Say("desk-page-apart", {"apart": page.apart})))
    said.append(ways.words(Say("desk-page-link", {"link": f"{ways.console}/"})))
    said.append(ways.words(Say("desk-page-end")))
    kind = "lifebelt.drill" if page.drill else "lifebelt.page"
    return Letter(line, "\n\n".join([line, *said]) + "\n", kind, _data(ways, scope, page))


def _subject(page: PageRecord) -> Say:
    if page.drill:
        return Say("desk-page-drill")
    counts = ", ".join(f"{many} P{int(priority)}" for priority, many in sorted(page.counts.items()))
    return Say("desk-page-subject", {"counts": counts})


def _data(ways: Ways, scope: Scope, page: PageRecord) -> dict[str, Any]:
    return {
        "page": page.id,
        "standing": scope.standing.value,
        "step": page.step.value,
        "since": page.since,
        "answer_by": page.answer_by,
        "counts": {priority.name: many for priority, many in page.counts.items()},
        "apart": page.apart,
        "console": ways.console,
    }


def _to(ways: Ways, page: PageRecord, addresses: Mapping[str, str]) -> tuple[str, ...]:
    if page.person == OUTSIDE:
        return ways.mail.to_outside if ways.mail else ()
    address = addresses.get(page.person, "")
    return (address,) if address else ()


async def _mail(ways: Ways, letter: Letter, to: tuple[str, ...]) -> None:
    if ways.mail is not None:
        await ways.mail.send(letter.line, letter.body, to)


async def _post(ways: Ways, letter: Letter, page: PageRecord) -> None:
    if ways.webhook is not None:
        async with open_session() as session:
            await ways.webhook(session).post(letter.kind, letter.data, page.id)


async def _heard(way: str, ring: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Whether it was taken. What went wrong is logged without an address or a word of it."""
    try:
        async with asyncio.timeout(RING_S):
            await ring()
    except (DeliveryError, InputRefused, TimeoutError) as fault:
        log.warning("page_not_sent", way=way, why=type(fault).__name__)
        return False
    except Exception as fault:  # noqa: BLE001 - one broken way must not silence the other
        log.error("page_not_sent", way=way, why=type(fault).__name__)  # noqa: TRY400 - a traceback may quote an address
        return False
    return True
