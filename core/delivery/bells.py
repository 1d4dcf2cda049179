"""The ways an alarm leaves this installation: a mail, or a signed webhook. Numbers, ids and times only."""

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, NamedTuple, Protocol

import aiohttp
import aiosmtplib
import msgspec
from yarl import URL

from core.clock import Clock
from core.delivery.alarms import Alarm, AlarmKind
from core.delivery.model import Fault
from core.delivery.signing import check_secret, sign
from core.dialogue.model import Say
from core.errors import DeliveryRefused, DestinationDown, InputRefused
from core.ids import new_id
from core.settings.model import Alarm as AlarmSettings

Words = Callable[[Say], str]
"""The words of a key, in the language of whoever runs this."""


class Notice(NamedTuple):
    """Something to be told outside, as a mail and as what a program reads."""

    kind: str
    subject: str
    text: str
    data: Mapping[str, Any]


class Teller(Protocol):
    """A way by which a notice leaves."""

    @property
    def name(self) -> str: ...

    async def tell(self, notice: Notice) -> None:
        """Return once it was taken; raises DeliveryError."""


TIMEOUT_S = 20.0
_TLS_FROM_THE_START = 465
_REDIRECTED = 300
_REFUSED = 400
_SERVER_FAULT = 500


def subject(alarm: Alarm, words: Words) -> str:
    """One line, made to be read on a lock screen."""
    return words(Say(f"alarm-{_key(alarm.kind)}", {"count": alarm.count}))


def text(alarm: Alarm, words: Words) -> str:
    """The whole mail."""
    since = f"{alarm.since:%Y-%m-%d %H:%M} UTC"
    lines = [subject(alarm, words), words(Say("alarm-since", {"since": since}))]
    if alarm.faults:
        why = ", ".join(f"{fault} ({count})" for fault, count in alarm.faults.items())
        lines.append(words(Say("alarm-why", {"why": why})))
    lines.append(words(Say(f"alarm-{_key(alarm.kind)}-mend")))
    if alarm.items:
        lines.append(words(Say("alarm-items", {"items": ", ".join(alarm.items), "shown": len(alarm.items)})))
    lines.append(words(Say("alarm-again")))
    return "\n\n".join(lines) + "\n"


class MailBell:
    """Mails everyone the settings name."""

    name = "mail"

    def __init__(
        self,
        settings: AlarmSettings,
        password: str,
        words: Words,
        *,
        clock: Clock,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        """Raises InputRefused for addresses that no mail can carry."""
        self._settings = settings
        self._password = password
        self._words = words
        self._clock = clock
        self._make_id = make_id
        self._domain = settings.mail_from.rpartition("@")[2].rstrip(">")
        self._letter("", "", settings.mail_to)

    @property
    def to_outside(self) -> tuple[str, ...]:
        """Everyone the settings name."""
        return self._settings.mail_to

    async def ring(self, alarm: Alarm) -> None:
        await self.send(subject(alarm, self._words), text(alarm, self._words), self.to_outside)

    async def tell(self, notice: Notice) -> None:
        """As a letter; what programs read is not in it."""
        await self.send(notice.subject, notice.text, self.to_outside)

    async def send(self, line: str, body: str, to: Sequence[str]) -> None:
        """One mail to these, taken on return. Raises DeliveryError, and InputRefused for an address."""
        mail = self._settings
        from_the_start = mail.smtp_port == _TLS_FROM_THE_START
        try:
            await aiosmtplib.send(
                self._letter(line, body, to),
                hostname=mail.smtp_host,
                port=mail.smtp_port,
                username=mail.smtp_user or None,
                password=self._password or None,
                use_tls=from_the_start,
                start_tls=mail.smtp_start_tls and not from_the_start,
                local_hostname=self._domain,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPResponseException as fault:  # its text may quote addresses
            raise DeliveryRefused(fault.code) from fault
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            raise DestinationDown(Fault.UNREACHABLE) from fault

    def _letter(self, line: str, body: str, to: Sequence[str]) -> EmailMessage:
        letter = EmailMessage()
        try:
            letter["From"] = self._settings.mail_from
            letter["To"] = ", ".join(to)
        except (ValueError, IndexError) as fault:
            raise InputRefused("not an address a mail can carry", field="alarm") from fault
        letter["Subject"] = line
        letter["Date"] = format_datetime(self._clock.now())
        letter["Message-ID"] = f"<{self._make_id()}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(body)
        return letter


class WebhookBell:
    """Posts to the one configured address, signed as Standard Webhooks has it. Follows no redirect."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        secret: str,
        session: aiohttp.ClientSession,
        *,
        clock: Clock,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        """Raises KeysMissing for what is not a secret, InputRefused for what is not an address."""
        check_secret(secret)
        try:
            self._url = URL(url)
        except ValueError as fault:
            raise InputRefused("not a web address", field="alarm.webhook_url") from fault
        self._secret = secret
        self._session = session
        self._clock = clock
        self._make_id = make_id

    async def ring(self, alarm: Alarm) -> None:
        data = {name: value for name, value in msgspec.to_builtins(alarm).items() if name != "kind"}
        await self.post(f"lifebelt.alarm.{alarm.kind}", data, self._make_id())

    async def tell(self, notice: Notice) -> None:
        """As data; the words of the letter are not in it."""
        await self.post(f"lifebelt.{notice.kind}", notice.data, self._make_id())

    async def post(self, kind: str, data: Mapping[str, Any], message_id: str) -> None:
        """One message, signed; the same `message_id` for the same fact. Raises DeliveryError."""
        now = self._clock.now()
        body = msgspec.json.encode({"type": kind, "timestamp": now, "data": data})
        headers = sign(self._secret, message_id, now, body) | {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                self._url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                allow_redirects=False,
            ) as answer:
                _check(answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise DestinationDown(Fault.UNREACHABLE) from fault


def _check(status: int) -> None:
    if status >= _SERVER_FAULT:
        raise DestinationDown(Fault.FAILED)
    if status >= _REDIRECTED:
        raise DeliveryRefused(status)


def _key(kind: AlarmKind) -> str:
    return kind.value.replace("_", "-")
