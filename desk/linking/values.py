"""What a report names that another may name too: accounts, handles, addresses, numbers, links, hashes. Pure.

The reporter's own account is never among it. Only keyed hashes of these values are ever stored.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import phonenumbers

from core.evidence.keys import TagKey
from core.evidence.model import REPORTER, Author, Transcript
from desk.opening import Contents

MOST: Final = 200
"""Values of one report: whoever pastes a telephone book links to nobody more."""
_LONGEST_TEXT: Final = 20_000
_LONGEST_VALUE: Final = 300


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
    """Each value once, at most MOST of them, the strongest kinds first."""
    found = dict.fromkeys(value for value in _all(contents) if value.text)
    order = list(Kind)
    return tuple(sorted(found, key=lambda value: order.index(value.kind)))[:MOST]


def tags_of(key: TagKey, values: tuple[Value, ...]) -> tuple[Tag, ...]:
    """The same values have the same hashes at this desk, and at no other."""
    return tuple(Tag(kind, key.tag(f"link-{kind}", text)) for kind, text in values)


def _all(contents: Contents) -> Iterator[Value]:
    region = contents.facts.country if contents.facts else None
    for captured in contents.captured:
        yield from _of_transcript(captured.transcript, region)
    told = [contents.facts.answers] if contents.facts else []
    for answers in (*told, *(supplement.answers for _, supplement in contents.supplements)):
        yield from named_in(f"{answers.own_words}\n{answers.about}", region)
    for _, supplement in contents.supplements:
        yield from named_in(supplement.reply, region)


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
    yield Value(Kind.ACCOUNT, f"{platform} {subject.id}"[:_LONGEST_VALUE] if subject.id else "")
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
