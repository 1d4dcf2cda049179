"""Whom a young person can call or write to, by country, from config/helplines.toml and nothing else.

Decides what may be shown to a child, and never guesses: what is not checked is not shown, a line of one
region is not given as the country's, and a route kept for some is not offered to all. No I/O after loading.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from itertools import repeat
from pathlib import Path

import msgspec

from core import datafile
from core.countries import COUNTRIES
from core.datafile import DataFile, Fault
from core.dialogue.model import Contact

WORLD = "ZZ"
EUROPE = "EU"
SOURCES_THAT_MUST_AGREE = 2


class Kind(StrEnum):
    EMERGENCY = "emergency"
    CHILD_HELPLINE = "child_helpline"
    YOUTH_CRISIS = "youth_crisis"
    CSAM_HOTLINE = "csam_hotline"
    TAKEDOWN = "takedown"
    LAW_ENFORCEMENT_REPORT = "law_enforcement_report"
    ONLINE_SAFETY = "online_safety"
    DIRECTORY = "directory"
    ADULT_HELPLINE = "adult_helpline"
    MISSING_CHILD = "missing_child"


class Scope(StrEnum):
    NATIONAL = "national"
    REGIONAL = "regional"
    WORLDWIDE = "worldwide"
    EUROPE = "europe"


class Access(StrEnum):
    """Who may use a silent emergency route."""

    OPEN = "open"
    APP = "app"  # needs the app installed before
    REGISTERED = "registered"
    DISABLED_ONLY = "disabled_only"


class Verified(StrEnum):
    OFFICIAL_PAGE = "official_page"
    DIRECTORY = "directory"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


class Service(StrEnum):
    """Whom an emergency number reaches."""

    ALL = "all"
    POLICE = "police"
    AMBULANCE = "ambulance"
    FIRE = "fire"
    RESCUE = "fire, ambulance"


class SilentWay(StrEnum):
    """How help is reached without speaking."""

    PRESS_55 = "press_55"  # call the emergency number, say nothing, press 55 when asked
    TEXT = "text"  # write a text to the emergency number
    CHAT = "chat"  # write to a child helpline: not an emergency service, and to be said so


class HoursVerified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours that somebody checked with the service. Without it nothing says "open now" or "all night"."""

    hours: str
    on: date
    by: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service as config/helplines.toml has it."""

    country: str
    name: str
    type: Kind
    phone: tuple[str, ...] = ()
    phone_for: tuple[Service, ...] = ()
    text: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    hours: str = ""
    hours_verified: HoursVerified | None = None
    languages: tuple[str, ...] = ()
    who: str = ""
    subject: str = ""
    adults_only: bool = False
    url: str = ""
    scope: Scope
    region: str = ""
    covers: tuple[str, ...] = ()
    silent: bool
    access: Access | None = None
    way: SilentWay | None = None
    free: bool | None = None
    source: tuple[str, ...]
    source_date: str = ""
    verified: Verified
    sources_agree: int = 0
    hold: str = ""
    note: str = ""


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """All that a child in one country may be shown. Nothing checked: no number, and the directory."""

    country: str | None
    emergency: Contact | None = None
    emergency_others: tuple[Contact, ...] = ()
    """Further emergency numbers; `name` says whom each reaches."""
    silent: Contact | None = None
    silent_way: SilentWay | None = None
    silent_is_emergency: bool = False
    """Where false, the silent way is a child helpline's chat, and no emergency service."""
    child_line: Contact | None = None
    """A national child helpline that answers the telephone."""
    child_chat: Contact | None = None
    """A national child helpline that answers in writing: `text` to a number, or its page."""
    crisis: tuple[Contact, ...] = ()
    hotlines: tuple[Contact, ...] = ()
    takedown: tuple[Contact, ...] = ()
    report_places: tuple[Contact, ...] = ()
    directory: Contact


def for_children(entry: Entry) -> bool:
    """Whether a child may be shown this entry at all, as a line of its country."""
    if entry.hold or entry.adults_only or entry.type is Kind.ADULT_HELPLINE or entry.scope is Scope.REGIONAL:
        return False
    if entry.access not in {None, Access.OPEN}:
        return False
    if entry.verified in {Verified.OFFICIAL_PAGE, Verified.DIRECTORY}:
        return True
    agreed = entry.verified is Verified.SECONDARY and entry.sources_agree >= SOURCES_THAT_MUST_AGREE
    return entry.type is Kind.EMERGENCY and agreed


class HelpBook:
    """The helplines by country. Answers from memory, with everything else down."""

    def __init__(self, entries: Iterable[Entry], order: tuple[str, ...] = ()) -> None:
        self.entries = tuple(entries)
        shown: dict[str, list[Entry]] = defaultdict(list)
        for entry in filter(for_children, self.entries):
            shown[entry.country].append(entry)
        for entry in shown[EUROPE]:
            for country in entry.covers:
                if not any(own.type is entry.type and not own.silent and own.phone for own in shown[country]):
                    shown[country].append(entry)
        self._world = tuple(shown.pop(WORLD, ()))
        shown.pop(EUROPE, None)
        self._shown = {country: tuple(found) for country, found in shown.items() if found}
        self._directory = _contact(next(filter(_is_directory, self._world)))
        self.countries = tuple(country for country in order if country in self._shown)
        """Countries for which a child can be shown something of their own, in the order to be offered."""
        self._known: dict[str, Help] = {}

    @classmethod
    def load(cls, path: Path) -> "HelpBook":
        """Raises SettingsInvalid with every fault of the file."""
        file = datafile.read(path)
        entries = datafile.entries(file, "entry", Entry)
        order = datafile.table(file, "order", tuple[str, ...])
        datafile.refuse(_faults(file, entries, order))
        return cls(entries, order)

    def help_for(self, country: str | None) -> Help:
        """What a child there may be shown. Unknown or None: no number, and the international directory."""
        if country not in self._shown:
            return self._help_for(country)
        if country not in self._known:
            self._known[country] = self._help_for(country)
        return self._known[country]

    def _help_for(self, country: str | None) -> Help:
        own = self._shown.get(country or "", ())
        line = _first(own, _answers_calls)
        chat = _chat(own, line)
        route = _first(own, _is_open_route)
        return Help(
            country=country,
            emergency=_first_contact(own, _is_emergency),
            emergency_others=_other_numbers(own),
            silent=_route_contact(route) if route else chat,
            silent_way=route.way if route else SilentWay.CHAT if chat else None,
            silent_is_emergency=route is not None,
            child_line=_contact(line) if line else None,
            child_chat=chat,
            crisis=_contacts(own, Kind.YOUTH_CRISIS),
            hotlines=_contacts(own, Kind.CSAM_HOTLINE) or _contacts(self._world, Kind.CSAM_HOTLINE),
            takedown=_once(_contacts(own, Kind.TAKEDOWN) + _contacts(self._world, Kind.TAKEDOWN)),
            report_places=_contacts(own, Kind.LAW_ENFORCEMENT_REPORT, Kind.ONLINE_SAFETY),
            directory=self._directory,
        )


_LIVE_WRITING = frozenset(
    {
        "1-2-1 chat", "chat", "live chat", "online", "online chat", "online consultation", "online messages",
        "online messaging", "sms", "telegram", "text", "text chat", "webchat", "whatsapp",
    }
)  # fmt: skip
"""Channels on which somebody answers in writing; e-mail, letters and forums are none."""

_BEST_FIRST = {Verified.OFFICIAL_PAGE: 0, Verified.DIRECTORY: 1, Verified.SECONDARY: 2}


def _rank(entry: Entry) -> int:
    return _BEST_FIRST[entry.verified]


def _first(entries: Iterable[Entry], wanted: Callable[[Entry], bool]) -> Entry | None:
    """The best of those wanted: the better verified first, then as in the file."""
    return next(iter(sorted(filter(wanted, entries), key=_rank)), None)


def _is_emergency(entry: Entry) -> bool:
    return entry.type is Kind.EMERGENCY and not entry.silent and bool(entry.phone)


def _is_open_route(entry: Entry) -> bool:
    return entry.type is Kind.EMERGENCY and entry.silent and entry.access is Access.OPEN


def _is_child_line(entry: Entry) -> bool:
    """For whatever a child may want to talk about."""
    return entry.type is Kind.CHILD_HELPLINE and not entry.subject


def _answers_calls(entry: Entry) -> bool:
    return _is_child_line(entry) and bool(entry.phone)


def _answers_writing(entry: Entry) -> bool:
    live = any(channel in _LIVE_WRITING for channel in entry.channels)
    return _is_child_line(entry) and (bool(entry.text) or (live and bool(entry.url)))


def _chat(own: tuple[Entry, ...], line: Entry | None) -> Contact | None:
    """The child line's own chat before another's."""
    chat = line if line and _answers_writing(line) else _first(own, _answers_writing)
    return Contact(name=chat.name, text=_opening(chat.text), url=chat.url or None) if chat else None


def _first_contact(entries: Iterable[Entry], wanted: Callable[[Entry], bool]) -> Contact | None:
    found = _first(entries, wanted)
    return _contact(found) if found else None


def _contact(entry: Entry) -> Contact:
    return Contact(
        name=entry.name, phone=_opening(entry.phone), text=_opening(entry.text), url=entry.url or None
    )


def _route_contact(entry: Entry) -> Contact:
    return Contact(name=entry.name, phone=_opening(entry.phone), text=_opening(entry.text))


def _opening(numbers: tuple[str, ...]) -> str | None:
    return numbers[0] if numbers else None


def _other_numbers(own: tuple[Entry, ...]) -> tuple[Contact, ...]:
    numbers = [
        Contact(name=service.value, phone=phone)
        for entry in sorted(filter(_is_emergency, own), key=_rank)
        for phone, service in zip(entry.phone, entry.phone_for or repeat(Service.ALL), strict=False)
    ]
    return tuple(numbers[1:])


def _contacts(entries: Iterable[Entry], *kinds: Kind) -> tuple[Contact, ...]:
    """Those of these kinds, best first. A link or a picture is reported on a page, where there is one."""
    wanted = sorted((entry for entry in entries if entry.type in kinds), key=_rank)
    by_page = Kind.YOUTH_CRISIS not in kinds
    return _once(tuple(_page(entry) if by_page and entry.url else _contact(entry) for entry in wanted))


def _page(entry: Entry) -> Contact:
    return Contact(name=entry.name, url=entry.url)


def _once(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Each way to reach somebody once, under the name it is first met with."""
    by_way = {(contact.phone, contact.text, contact.url): contact for contact in reversed(contacts)}
    return tuple(reversed(by_way.values()))


def _faults(file: DataFile, entries: list[Entry], order: tuple[str, ...]) -> Iterator[Fault]:
    for country in order:
        if country not in COUNTRIES or order.count(country) > 1:
            yield file.fault(("order",), f"{country} is no country, or stands twice.", "Remove it.")
    for place, entry in enumerate(entries):
        for key, reason, mend in _faults_of(entry, frozenset(order)):
            yield file.fault(("entry", place, key), f"{entry.country}, {entry.name}: {reason}", mend)
    if not any(_is_directory(entry) and for_children(entry) for entry in entries):
        reason = "there is no directory for the whole world."
        yield file.fault(("entry",), reason, "Restore the ZZ directory entry.")


def _is_directory(entry: Entry) -> bool:
    return entry.type is Kind.DIRECTORY and entry.country == WORLD and bool(entry.url)


def _faults_of(entry: Entry, order: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    if not {entry.country, *entry.covers} <= {*order, WORLD, EUROPE}:
        yield "country", "a country of it is not in `order`.", "Add it there, as ISO 3166-1 writes it."
    if not (entry.phone or entry.text or entry.url or entry.channels):
        yield "name", "there is no way to reach it.", "Give phone, text or url."
    if entry.url and not entry.url.startswith(("https://", "http://")):
        yield "url", "it is not a web address.", "Begin it with https://."
    if not any(source.strip() for source in entry.source):
        yield "source", "no source is named.", "Name the page it was read on."
    if (entry.scope is Scope.REGIONAL) != bool(entry.region):
        yield "region", "a regional entry names its region, no other does.", "Set scope and region together."
    if entry.covers and entry.country != EUROPE:
        yield "covers", "only a European number stands in for other countries.", "Remove covers."
    yield from _emergency_faults(entry)


def _emergency_faults(entry: Entry) -> Iterator[tuple[str, str, str]]:
    is_emergency = entry.type is Kind.EMERGENCY
    if is_emergency and not entry.silent and not entry.phone:
        yield "phone", "an emergency number without a number.", "Write it, or remove the entry."
    if (is_emergency and entry.silent) != (entry.access is not None):
        yield "access", "a silent emergency route, and no other, says who may use it.", "Mend access."
    if (entry.access is Access.OPEN) != (entry.way in {SilentWay.PRESS_55, SilentWay.TEXT}):
        yield "way", "an open silent route, and no other, says how it works.", "Mend way."
    if entry.phone_for and len(entry.phone_for) != len(entry.phone):
        yield "phone_for", "it does not name whom each number reaches.", "One text for each number."
