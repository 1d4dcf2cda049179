"""What must hold between settings that are each fine by themselves. Pure: looks at no file and no network."""

import re
from collections.abc import Iterator
from datetime import time
from itertools import chain
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.countries import COUNTRIES
from core.datafile import DataFile, Fault, KeyPath
from core.errors import KeysMissing
from core.evidence.sealing import recipient
from core.reports.model import Standing
from core.settings.model import Alarm, Community, Desk, Oidc, Server, Settings
from core.signals.backends import address_fault

LIVE = frozenset({Standing.LEAD, Standing.SPECIALIST})
"""Standings that a child may rely on."""
LAST_PORT = 65_535


class Wrong(NamedTuple):
    """A fault before it is known on which line it stands."""

    path: KeyPath
    reason: str
    mend: str


def faults(settings: Settings, source: DataFile) -> list[Fault]:
    """Every contradiction between the settings, on the line that shows it best."""
    return [source.fault(*wrong) for wrong in contradictions(settings)]


def contradictions(settings: Settings) -> Iterator[Wrong]:
    yield from _server(settings.server)
    yield from _alarm(settings.alarm)
    if settings.storage.redis_url and (wrong := address_fault(settings.storage.redis_url)):
        yield Wrong(("storage", "redis_url"), wrong.reason, wrong.mend)
    if settings.web.quick_exit_url and not is_web_address(settings.web.quick_exit_url):
        yield _no_address(("web", "quick_exit_url"))
    yield from chain.from_iterable(_desk(name, desk, settings) for name, desk in settings.desks.items())
    yield from chain.from_iterable(
        _community(name, one, settings) for name, one in settings.communities.items()
    )
    for name in settings.live.keys() - settings.desks.keys():
        yield Wrong(("live", name), f"there is no desk {name}.", "Name the table as the desk under [desks].")


def is_origin(text: str) -> bool:
    """Whether it is one exact origin: scheme://host or scheme://host:port, nothing more, no wildcard."""
    parts = _parts(text)
    return parts is not None and f"{parts[0]}://{parts[1]}" == text


def is_web_address(text: str) -> bool:
    """Whether it is an address that a browser opens."""
    return _parts(text) is not None


_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:]+\]")


def _parts(text: str) -> tuple[str, str] | None:
    """Scheme and host[:port] of an http(s) address, or None."""
    if any(sign.isspace() or not sign.isprintable() for sign in text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    return parts.scheme, parts.netloc


def is_age_key(text: str) -> bool:
    """Whether it is a public age key, its check symbols included."""
    try:
        return recipient(text) == text
    except KeysMissing:
        return False


def is_time(text: str) -> bool:
    """Whether it is a time of day, "08:00"."""
    if not re.fullmatch(r"\d\d:\d\d", text):
        return False
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_address(path: KeyPath) -> Wrong:
    return Wrong(path, "is no web address.", "Write it whole: https://…")


def _server(server: Server) -> Iterator[Wrong]:
    for key in ("port", "desk_port"):
        if not 0 <= getattr(server, key) <= LAST_PORT:
            yield Wrong(("server", key), "is no port.", "Write a number from 0 to 65535.")
    for key in ("public_url", "desk_public_url"):
        if getattr(server, key) and not is_origin(getattr(server, key)):
            yield Wrong(("server", key), "is no exact origin.", "Write https://host, without a path.")
    if server.port and server.port == server.desk_port and server.host == server.desk_host:
        mend = "Give the desk a port of its own."
        yield Wrong(("server", "desk_port"), "is the port of the public pages as well.", mend)
    if server.public_url and server.public_url == server.desk_public_url:
        mend = "Give the desk a host name of its own: evidence and pages for strangers never share an origin."
        yield Wrong(("server", "desk_public_url"), "is the origin of the public pages as well.", mend)


def _alarm(alarm: Alarm) -> Iterator[Wrong]:
    if alarm.webhook_url and not is_web_address(alarm.webhook_url):
        yield _no_address(("alarm", "webhook_url"))
    if alarm.mail_to and not alarm.smtp_host:
        yield Wrong(("alarm", "mail_to"), "nobody can be mailed without a mail server.", "Set smtp_host.")
    if alarm.mail_to and not alarm.mail_from:
        yield Wrong(("alarm", "mail_to"), "mails need a sender.", "Set mail_from.")
    if not 1 <= alarm.smtp_port <= LAST_PORT:
        yield Wrong(("alarm", "smtp_port"), "is no port.", "Write a number from 1 to 65535.")
    if alarm.urgent_after_s < 1:
        yield Wrong(("alarm", "urgent_after_s"), "is no time to wait.", "Write at least 1 second.")


def _desk(name: str, desk: Desk, settings: Settings) -> Iterator[Wrong]:
    at = ("desks", name)
    if not desk.name.strip():
        yield Wrong((*at, "name"), "says nothing.", "Write what people should read.")
    if desk.standing is Standing.NONE:
        mend = "Remove the desk, and leave `desk` empty in its communities."
        yield Wrong((*at, "standing"), "a desk that nobody is behind is no desk.", mend)
    if desk.url and not is_origin(desk.url):
        yield Wrong((*at, "url"), "is no exact origin.", "Write https://host, without a path.")
    yield from _desk_keys(at, desk)
    yield from _desk_hours(at, desk)
    yield from _desk_provider((*at, "oidc"), desk.oidc)
    yield from _second_desk(at, name, desk, settings)


def _desk_keys(at: KeyPath, desk: Desk) -> Iterator[Wrong]:
    mend = "Write the public key that `lifebelt keys show` prints, age1…"
    for key in desk.recipients:
        if not is_age_key(key):
            yield Wrong((*at, "recipients"), "one of them is no public age key.", mend)
    offline = "Write the public half of the key that `lifebelt keys new --live` prints once, age1…"
    if desk.recovery and not is_age_key(desk.recovery):
        yield Wrong((*at, "recovery"), "is no public age key.", offline)
    if desk.standing in LIVE and not desk.recipients:
        yield Wrong((*at, "recipients"), "a desk that is not practice needs its own keys pinned here.", mend)
    if desk.standing in LIVE and not desk.recovery:
        yield Wrong((*at, "recovery"), "a desk that is not practice needs an offline recovery key.", offline)
    if desk.recovery and desk.recovery in desk.recipients:
        mend = "Make another key for recovery, and keep it offline."
        yield Wrong((*at, "recovery"), "is one of the desk's everyday keys.", mend)


def _desk_provider(at: KeyPath, oidc: Oidc) -> Iterator[Wrong]:
    if not oidc.issuer:
        return
    parts = _parts(oidc.issuer)
    if parts is None or not (parts[0] == "https" or _is_loopback(parts[1])):
        yield Wrong((*at, "issuer"), "is no safe web address.", "Write it whole: https://…")
    if not oidc.client_id:
        yield Wrong((*at, "client_id"), "is empty.", "Write the name that the provider gave this desk.")


def _is_loopback(authority: str) -> bool:
    return authority.partition(":")[0] in {"127.0.0.1", "localhost"}


def _desk_hours(at: KeyPath, desk: Desk) -> Iterator[Wrong]:
    for key in ("opens", "closes"):
        if getattr(desk, key) and not is_time(getattr(desk, key)):
            yield Wrong((*at, key), "is no time of day.", 'Write it as "08:00".')
    if desk.zone and not _is_zone(desk.zone):
        yield Wrong((*at, "zone"), "There is no such time zone.", "Write a name as Europe/London.")
    if bool(desk.opens) != bool(desk.closes):
        yield Wrong((*at, "opens"), "opens and closes belong together.", "Set both, or neither.")


def _second_desk(at: KeyPath, name: str, desk: Desk, settings: Settings) -> Iterator[Wrong]:
    if not desk.second_desk:
        return
    second = settings.desks.get(desk.second_desk)
    if second is None:
        yield Wrong((*at, "second_desk"), f"there is no desk {desk.second_desk}.", "Name one under [desks].")
    elif desk.second_desk == name:
        yield Wrong(
            (*at, "second_desk"), "a desk cannot take the reports about itself.", "Name another desk."
        )
    elif second.run_by_community:
        mend = "Name a desk that is not run by a community."
        yield Wrong((*at, "second_desk"), "is run by people of a community itself.", mend)
    elif (desk.standing in LIVE) != (second.standing in LIVE):
        mend = "Name a live desk for a live one, and a practice desk for a practice one."
        yield Wrong((*at, "second_desk"), "practice and what is real never mix.", mend)


def _community(name: str, community: Community, settings: Settings) -> Iterator[Wrong]:
    at = ("communities", name)
    yield from _community_id(name, community)
    if not community.name.strip():
        yield Wrong((*at, "name"), "says nothing.", "Write what people should read.")
    if community.desk and community.desk not in settings.desks:
        yield Wrong(
            (*at, "desk"), f"there is no desk {community.desk}.", "Name one under [desks], or leave it empty."
        )
    if community.country and community.country not in COUNTRIES:
        yield Wrong((*at, "country"), "is no country.", "Write two capital letters as in ISO 3166-1: GB.")
    if not is_language(community.language):
        yield Wrong((*at, "language"), "is no language.", 'Write it as "en" or "pt-BR".')
    for origin in community.origins:
        if not is_origin(origin):
            mend = "Write scheme, host and perhaps port: https://www.example.org. No path, no *."
            yield Wrong((*at, "origins"), f"{origin!r} is no exact origin.", mend)
    if community.quick_exit_url and not is_web_address(community.quick_exit_url):
        yield _no_address((*at, "quick_exit_url"))


def _community_id(name: str, community: Community) -> Iterator[Wrong]:
    at = ("communities", name)
    if community.platform == "web" and not is_word(name):
        mend = "Use letters, digits, - and _ alone: it stands in the page's address."
        yield Wrong(at, "is no word for a web address.", mend)
    if community.platform == "discord" and not is_snowflake(name):
        mend = "Turn on Developer Mode in Discord, then choose Copy Server ID in the server's menu."
        yield Wrong(at, "is no id of a Discord server.", mend)
    if community.platform == "slack" and not is_workspace(name):
        mend = (
            "Open the workspace in a browser: its id begins with T and stands in the address behind /client/."
        )
        yield Wrong(at, "is no id of a Slack workspace.", mend)


def is_word(text: str) -> bool:
    """Whether it can stand in an address by itself."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", text) is not None


def is_snowflake(text: str) -> bool:
    """Whether it is an id as Discord gives them to servers."""
    return re.fullmatch(r"[1-9]\d{14,19}", text, re.ASCII) is not None


def is_workspace(text: str) -> bool:
    """Whether it is an id as Slack gives them to workspaces."""
    return re.fullmatch(r"T[A-Z0-9]{5,20}", text, re.ASCII) is not None


def is_language(text: str) -> bool:
    """Whether it has the form of a language: `en`, `pt-BR`."""
    return re.fullmatch(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?", text) is not None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
