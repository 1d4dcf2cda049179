"""What a report names that another may name too: accounts, handles, addresses, numbers, links, hashes. Pure.

The reporter's own account is among it only where they gave it, and apart from all else. Only keyed hashes
of these values are ever stored.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import phonenumbers

from core.evidence.keys import TagKey
from core.evidence.model import REPORTER, Author, Transcript
from core.evidence.parts import Identity
from core.reports.model import Answers
from desk.linking.wording import bands_of
from desk.opening import Contents

MOST: Final = 200
"""Values of one report: whoever pastes a telephone book links to nobody more."""
_LONGEST_TEXT: Final = 20_000
_LONGEST_VALUE: Final = 300
_MOST_TEXTS: Final = 3
"""Texts of one kind whose wording counts."""
HALF_HOUR: Final = timedelta(minutes=30)


class Kind(StrEnum):
    """What two reports have in common, the strongest first."""

    ACCOUNT = "account"  # the reported account, by the platform's own id
    EMAIL = "email"
    PHONE = "phone"
    FILE_HASH = "file_hash"  # only where the platform supplied it
    HANDLE = "handle"
    LINK = "link"
    SITE = "site"  # the host of a link
    SHOWN = "shown"  # the name that the reported account showed
    OWN_WORDS = "own_words"  # told in nearly the same words: each value is one band of it
    MESSAGE = "message"  # nearly the same reported message, likewise
    PLACE = "place"  # the same room of a community within an hour
    REPORTER = "reporter"  # who told it, where they said that the desk may know; suggests nothing


class Value(NamedTuple):
    kind: Kind
    text: str


class Tag(NamedTuple):
    """A value as a keyed hash."""

    kind: Kind
    tag: str


_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_AT = re.compile(r"(?<![\w@/.])@([a-z0-9_.]{3,32})")
_NAMED = re.compile(
    r"\b(?:snap(?:chat)?|insta(?:gram)?|telegram|kik|tiktok|discord|wickr|signal|session|roblox|steam)"
    r"\s*(?:name|user|username|account|handle)?\s*(?:is|:|=|-)\s*@?([a-z0-9_.]{4,32})"
)
_URL = re.compile(r"https?://[^\s<>\"']{1,2000}")


def values_of(contents: Contents) -> tuple[Value, ...]:
    """Each value once: at most MOST of what it names, the strongest first; how it was told, and where."""
    found = dict.fromkeys(value for value in _all(contents) if value.text)
    order = list(Kind)
    named = sorted(found, key=lambda value: order.index(value.kind))[:MOST]
    return (*named, *dict.fromkeys((*_wording(contents), *_place(contents))))


def reporters_of(key: TagKey, named: Identity | None) -> tuple[Tag, ...]:
    """The account of whoever told it, where they said that the desk may know it."""
    if named is None or not named.account:
        return ()
    return tags_of(key, (Value(Kind.REPORTER, account_of(named.platform, named.account)),))


def account_of(platform: str, account: str) -> str:
    return f"{platform} {account}"[:_LONGEST_VALUE]


def tags_of(key: TagKey, values: tuple[Value, ...]) -> tuple[Tag, ...]:
    """The same values have the same hashes at this desk, and at no other."""
    return tuple(Tag(kind, key.tag(f"link-{kind}", text)) for kind, text in values)


def _all(contents: Contents) -> Iterator[Value]:
    region = contents.facts.country if contents.facts else None
    for captured in contents.captured:
        yield from _of_transcript(captured.transcript, region)
    for answers in _told(contents):
        yield from named_in(f"{answers.own_words}\n{answers.about}", region)
    for _, supplement in contents.supplements:
        yield from named_in(supplement.reply, region)


def _wording(contents: Contents) -> Iterator[Value]:
    told = [answers.own_words for answers in _told(contents)]
    messages = [
        message.text
        for captured in contents.captured
        for message in captured.transcript.messages
        if message.reported and message.author.id != REPORTER
    ]
    for kind, texts in ((Kind.OWN_WORDS, told), (Kind.MESSAGE, messages)):
        for text in texts[-_MOST_TEXTS:]:
            yield from (Value(kind, band) for band in bands_of(text[:_LONGEST_TEXT]))


def _place(contents: Contents) -> Iterator[Value]:
    """Two stretches of an hour: whatever is half an hour apart at most has one of them in common."""
    if contents.facts is None:
        return
    rooms = {_room(captured.transcript) for captured in contents.captured} - {""}
    for room in sorted(rooms)[:_MOST_TEXTS]:
        for stretch in _stretches(contents.facts.pressed_at):
            yield Value(Kind.PLACE, f"{contents.facts.community} {room}"[:_LONGEST_VALUE] + f" {stretch}")


def _room(transcript: Transcript) -> str:
    return transcript.channel or transcript.origin


def _stretches(at: datetime) -> tuple[int, int]:
    number = int(at.timestamp() // HALF_HOUR.total_seconds())
    return number, number + 1


def _told(contents: Contents) -> tuple[Answers, ...]:
    first = [contents.facts.answers] if contents.facts else []
    return (*first, *(supplement.answers for _, supplement in contents.supplements))


def _of_transcript(transcript: Transcript, region: str | None) -> Iterator[Value]:
    reported = [message.author for message in transcript.messages if message.reported]
    for subject in (*reported, *([transcript.subject] if transcript.subject else [])):
        yield from _of_subject(transcript.platform, subject)
    for message in transcript.messages:
        if message.author.id != REPORTER:
            yield from named_in(message.text, region)
            yield from (Value(Kind.FILE_HASH, _plain(file.hash)) for file in message.attachments if file.hash)


def _of_subject(platform: str, subject: Author) -> Iterator[Value]:
    if REPORTER in {subject.id, subject.shown}:
        return
    yield Value(Kind.ACCOUNT, account_of(platform, subject.id) if subject.id else "")
    yield Value(Kind.SHOWN, _plain(subject.shown))


def named_in(text: str, region: str | None) -> Iterator[Value]:
    """What a text names, however it is written. `region`: where numbers without a country are from."""
    plain = _plain(text, _LONGEST_TEXT)
    yield from (Value(Kind.EMAIL, found[0].strip(".")) for found in _EMAIL.finditer(plain))
    for pattern in (_AT, _NAMED):
        yield from (Value(Kind.HANDLE, found[1].strip(".")) for found in pattern.finditer(plain))
    for found in _URL.finditer(plain):
        yield from _of_link(found[0])
    for number in phonenumbers.PhoneNumberMatcher(plain, region):
        yield Value(
            Kind.PHONE, phonenumbers.format_number(number.number, phonenumbers.PhoneNumberFormat.E164)
        )


def _of_link(url: str) -> Iterator[Value]:
    try:
        split = urlsplit(url.rstrip(".,;:!?)]}"))
        host = (split.hostname or "").removeprefix("www.")
    except ValueError:
        return
    yield Value(Kind.SITE, host[:_LONGEST_VALUE])
    way = split.path.rstrip("/")
    if way or split.query:
        yield Value(Kind.LINK, f"{host}{way}?{split.query}"[:_LONGEST_VALUE])


def _plain(text: str, longest: int = _LONGEST_VALUE) -> str:
    """Small letters of one width, without signs that nobody sees."""
    folded = unicodedata.normalize("NFKC", text[:longest]).casefold()
    return "".join(sign for sign in folded if unicodedata.category(sign) != "Cf").strip()
