import email
import email.policy
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.delivery.alarms import Alarm, AlarmKind, Alarms
from core.delivery.bells import MailBell, Notice, WebhookBell
from core.delivery.desk import open_session
from core.delivery.signing import new_secret, verify
from core.dialogue.model import Say
from core.dialogue.texts import Texts
from core.errors import DeliveryError, DeliveryRefused, DestinationDown, InputRefused, KeysMissing
from core.ids import ItemId
from core.ledger.sqlite import SqliteLedger
from core.settings.model import Alarm as AlarmSettings
from core.testing.clock import START, FixedClock
from core.testing.outbox import COMMUNITY, SentReports

ITEM = ItemId("1" * 32)
ALARM = Alarm(kind=AlarmKind.URGENT, count=2, since=START, items=(ITEM,), faults={"unreachable": 2})
SECRET = new_secret()


class Mailbox:
    """A mail server's inside: keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.mails.append((envelope.rcpt_tos, letter))
        return self.answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail_port(mailbox: Mailbox) -> Iterator[int]:
    port = unused_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def settings(port: int, **changed: Any) -> AlarmSettings:
    plain: dict[str, Any] = {
        "mail_to": ("duty@desk.example", "deputy@desk.example"),
        "mail_from": "lifebelt@desk.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_start_tls": False,
    }
    return AlarmSettings(**(plain | changed))


def mail(port: int, texts: Texts, clock: FixedClock, **changed: Any) -> MailBell:
    return MailBell(settings(port, **changed), "", lambda say: texts.say(say, "en"), clock=clock)


async def test_an_alarm_is_mailed_to_everyone_named(
    mailbox: Mailbox, mail_port: int, texts: Texts, clock: FixedClock
) -> None:
    await mail(mail_port, texts, clock).ring(ALARM)
    ((to, letter),) = mailbox.mails
    assert to == ["duty@desk.example", "deputy@desk.example"]
    assert letter["Subject"] == "Lifebelt: 2 reports of danger to life have not reached their desk"
    assert ITEM in letter.get_content()
    assert letter["Date"].datetime == clock.now()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@desk.example>")


async def test_a_mail_goes_to_whom_it_is_for_and_to_nobody_else(
    mailbox: Mailbox, mail_port: int, texts: Texts, clock: FixedClock
) -> None:
    await mail(mail_port, texts, clock, mail_to=()).send("A line", "Some text", ("ann@desk.example",))
    ((to, letter),) = mailbox.mails
    assert (to, letter["Subject"]) == (["ann@desk.example"], "A line")


async def test_an_address_that_no_mail_can_carry_is_refused(texts: Texts, clock: FixedClock) -> None:
    with pytest.raises((InputRefused, DeliveryError)):
        await mail(unused_port(), texts, clock).send("A line", "Some text", ("a\nb@c.example",))


async def test_from_an_undelivered_report_to_the_mail_nothing_but_numbers_leaves(
    mailbox: Mailbox, mail_port: int, texts: Texts, clock: FixedClock, ledger: SqliteLedger, sent: SentReports
) -> None:
    item = await sent.send(urgent=True, sealed=[b"canary-4711"])
    clock.advance(timedelta(minutes=1))
    await Alarms(ledger, [mail(mail_port, texts, clock)], clock=clock).run_once()
    ((_to, letter),) = mailbox.mails
    assert item in letter.get_content()
    assert COMMUNITY not in letter.as_string()
    assert "canary" not in letter.as_string()


@pytest.mark.parametrize("answer", ["554 no such person", "451 later", "552 full"])
async def test_a_mail_that_is_refused_says_so_without_its_text(
    mailbox: Mailbox, mail_port: int, texts: Texts, clock: FixedClock, answer: str
) -> None:
    mailbox.answer = answer
    with pytest.raises(DeliveryError) as refused:
        await mail(mail_port, texts, clock).ring(ALARM)
    assert answer[4:] not in str(refused.value)


async def test_a_mail_server_that_is_not_there_is_down(texts: Texts, clock: FixedClock) -> None:
    with pytest.raises(DestinationDown):
        await mail(unused_port(), texts, clock).ring(ALARM)


async def test_a_mail_that_must_go_encrypted_never_goes_in_clear(
    mailbox: Mailbox, mail_port: int, texts: Texts, clock: FixedClock
) -> None:
    with pytest.raises(DeliveryError):
        await mail(mail_port, texts, clock, smtp_start_tls=True).ring(ALARM)
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "changed",
    [
        {"mail_to": ("duty@desk.example\nBcc: everyone@elsewhere.example",)},
        {"mail_from": "lifebelt@desk.example\r\nX-More: yes"},
    ],
)
def test_an_address_that_would_write_headers_of_its_own_is_refused(
    texts: Texts, clock: FixedClock, changed: dict[str, Any]
) -> None:
    with pytest.raises(InputRefused):
        mail(25, texts, clock, **changed)


def test_the_password_is_shown_nowhere(clock: FixedClock) -> None:
    bell = MailBell(settings(25), "hunter2", lambda say: say.key, clock=clock)
    assert "hunter2" not in repr(bell)


class Hook:
    """The other end of a webhook."""

    def __init__(self) -> None:
        self.asked: list[tuple[web.BaseRequest, bytes]] = []
        self.status = 204

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.asked.append((request, await request.read()))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
async def webhook(hook: Hook, clock: FixedClock) -> AsyncIterator[WebhookBell]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hook.handle)
    async with TestServer(app) as server, open_session() as session:
        yield WebhookBell(str(server.make_url("/alarm?to=us")), SECRET, session, clock=clock)


async def test_an_alarm_is_posted_signed_and_in_the_usual_form(
    hook: Hook, webhook: WebhookBell, clock: FixedClock
) -> None:
    await webhook.ring(ALARM)
    ((request, body),) = hook.asked
    verify([SECRET], request.headers, body, clock.now())
    assert request.path_qs == "/alarm?to=us"
    assert msgspec.json.decode(body) == {
        "type": "lifebelt.alarm.urgent_undelivered",
        "timestamp": "2026-03-04T05:06:07Z",
        "data": {
            "count": 2,
            "since": "2026-03-04T05:06:07Z",
            "items": [ITEM],
            "faults": {"unreachable": 2},
        },
    }


async def test_what_is_posted_again_has_the_same_id(hook: Hook, webhook: WebhookBell) -> None:
    for _ in range(2):
        await webhook.post("lifebelt.page", {"count": 1}, "a" * 32)
    assert {request.headers["webhook-id"] for request, _ in hook.asked} == {"a" * 32}
    assert {msgspec.json.decode(body)["type"] for _, body in hook.asked} == {"lifebelt.page"}


async def test_each_alarm_has_an_id_of_its_own(hook: Hook, webhook: WebhookBell) -> None:
    await webhook.ring(ALARM)
    await webhook.ring(ALARM)
    assert len({request.headers["webhook-id"] for request, _ in hook.asked}) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(301, DeliveryRefused), (307, DeliveryRefused), (410, DeliveryRefused), (500, DestinationDown)],
)
async def test_only_a_yes_counts_as_heard_and_no_redirect_is_followed(
    hook: Hook, webhook: WebhookBell, status: int, error: type[DeliveryError]
) -> None:
    hook.status = status
    with pytest.raises(error):
        await webhook.ring(ALARM)
    assert len(hook.asked) == 1


async def test_nobody_at_the_webhooks_address_is_down(clock: FixedClock) -> None:
    async with open_session() as session:
        bell = WebhookBell(f"http://127.0.0.1:{unused_port()}", SECRET, session, clock=clock)
        with pytest.raises(DestinationDown):
            await bell.ring(ALARM)


async def test_a_webhook_without_a_secret_or_an_address_is_refused_when_it_is_set(clock: FixedClock) -> None:
    async with open_session() as session:
        with pytest.raises(KeysMissing):
            WebhookBell("https://hook.example", "", session, clock=clock)
        with pytest.raises(InputRefused):
            WebhookBell("https://hook.example:port", SECRET, session, clock=clock)


def test_the_words_of_an_alarm_are_keys_of_the_catalogue(texts: Texts) -> None:
    assert texts.say(Say("you-have-an-update"), "en") == "You have an update"


NOTICE = Notice("trail_head", "The trail has 3 lines", "Keep this.\n", {"entries": 3})


async def test_a_notice_is_mailed_as_words(
    mailbox: Mailbox, mail_port: int, texts: Texts, clock: FixedClock
) -> None:
    await mail(mail_port, texts, clock).tell(NOTICE)
    ((_to, letter),) = mailbox.mails
    assert (letter["Subject"], letter.get_content().replace("\r", "")) == (
        "The trail has 3 lines",
        "Keep this.\n",
    )


async def test_a_notice_is_posted_as_data(hook: Hook, webhook: WebhookBell, clock: FixedClock) -> None:
    await webhook.tell(NOTICE)
    ((request, body),) = hook.asked
    verify([SECRET], request.headers, body, clock.now())
    posted = msgspec.json.decode(body)
    assert (posted["type"], posted["data"]) == ("lifebelt.trail_head", {"entries": 3})
