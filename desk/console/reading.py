"""What one look opened, put in the order a specialist reads it: facts, choices, words, conversation. Pure.

Whatever somebody wrote passes through `shown`: links broken, and marks that hide or turn text made visible.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from core.evidence.display import shown
from core.evidence.model import REPORTER, Attachment, Author, Message, Source, Transcript
from core.evidence.parts import Identity, PartKind
from core.reports.categories import Categories
from core.reports.model import Answers, ReportFacts
from desk.model import CannotOpenPart, Check, Opened, OpenedTranscript

_UNITS: Final = ("B", "KB", "MB", "GB")
_STEP: Final = 1000
UNSAID: Final = "unsaid"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The answers as values of the catalogue (`unsaid`: not asked or not answered), and the free words."""

    danger: str
    category: str
    runs_place: str
    who: str
    age: str
    team_may_know_name: str
    moderators_may_know: str
    others_use_phone: str
    may_push: str
    own_words: str
    about: str
    contact: str


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What one supplement changed: the fields of `Told` that read otherwise than before."""

    at: datetime
    changed: tuple[tuple[str, str], ...]


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    media_type: str
    size: str
    url: str
    platform_id: str
    hash: str


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    anchor: str
    author: str
    author_id: str
    by_reporter: bool
    by_staff: bool
    text: str
    sent_at: datetime | None
    read_at: datetime
    read_from: str
    edited_at: datetime | None
    reply_anchor: str
    reply_to: str
    """Whose message it answers, as shown; the platform's id where that message is not here."""
    attachments: tuple[AttachmentView, ...]
    reported: bool
    otherwise: bool
    """Its text is not the one captured at the press: it was changed in between."""


class SubjectView(msgspec.Struct, frozen=True, kw_only=True):
    """The account that was pressed on, where it was no message."""

    shown: str
    account: str
    by_staff: bool


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    kind: PartKind
    source: str
    platform: str
    channel: str
    origin: str
    check: Check
    digest: str
    messages: tuple[MessageView, ...]
    subject: SubjectView | None
    left_out_before: int
    left_out_after: int
    notes: tuple[str, ...]


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """Who reported, where they said that the team may know."""

    shown: str
    account: str
    platform: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    facts: ReportFacts | None
    told: Told | None
    """As it stands after everything that was added."""
    added: tuple[Added, ...]
    country: str
    named: Name | None
    sureness: str
    """Who vouches at best: a source's name, or `word` where no messages came."""
    conversations: tuple[Conversation, ...]
    cannot_open: tuple[CannotOpenPart, ...]
    missing: tuple[str, ...]
    read_at: datetime
    first_look: bool


def reading_of(opened: Opened, categories: Categories) -> Reading:
    first = opened.facts.answers if opened.facts else None
    stages = [first] if first else []
    stages += [supplement.answers for supplement in opened.supplements if not supplement.reply]
    at_press = _at_press(opened.transcripts)
    return Reading(
        facts=opened.facts,
        told=told(stages[-1], categories) if stages else None,
        added=tuple(_added(opened, first or Answers(), categories)),
        country=shown(opened.facts.country or "") if opened.facts else "",
        named=_name(opened.named),
        sureness=_sureness(opened.transcripts),
        conversations=tuple(
            _conversation(number, transcript, at_press)
            for number, transcript in enumerate(opened.transcripts)
        ),
        cannot_open=opened.cannot_open,
        missing=tuple(str(part) for part in opened.missing),
        read_at=opened.read_at,
        first_look=opened.first_look,
    )


def _sureness(transcripts: Sequence[OpenedTranscript]) -> str:
    sources = {opened.transcript.source for opened in transcripts if _has_something(opened.transcript)}
    return next((source for source in Source if source in sources), "word")


def _has_something(transcript: Transcript) -> bool:
    return bool(transcript.messages) or transcript.subject is not None


def told(answers: Answers, categories: Categories) -> Told:
    return Told(
        danger=answers.danger or UNSAID,
        category=categories[answers.category].professional,
        runs_place=answers.runs_place or UNSAID,
        who=answers.who or UNSAID,
        age=answers.age or UNSAID,
        team_may_know_name=_chosen(answers.team_may_know_name),
        moderators_may_know=_chosen(answers.moderators_may_know),
        others_use_phone=_chosen(answers.others_use_phone),
        may_push=_chosen(answers.may_push),
        own_words=shown(answers.own_words),
        about=shown(answers.about),
        contact=shown(answers.contact),
    )


def size_of(size: int | None) -> str:
    """Bytes in the unit a person compares in."""
    if size is None:
        return ""
    amount = float(size)
    for unit in _UNITS[:-1]:
        if amount < _STEP:
            return f"{amount:.0f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} {_UNITS[-1]}"


def _chosen(choice: bool | None) -> str:  # noqa: FBT001 - an answer, not a switch
    if choice is None:
        return UNSAID
    return "yes" if choice else "no"


def _added(opened: Opened, before: Answers, categories: Categories) -> Iterator[Added]:
    earlier = told(before, categories)
    for supplement in opened.supplements:
        if supplement.reply:
            yield Added(at=supplement.added_at, changed=(("reply", shown(supplement.reply)),))
            continue
        later = told(supplement.answers, categories)
        yield Added(at=supplement.added_at, changed=tuple(_changes(earlier, later)))
        earlier = later


def _changes(earlier: Told, later: Told) -> Iterator[tuple[str, str]]:
    for field in Told.__struct_fields__:
        value = getattr(later, field)
        if value != getattr(earlier, field):
            yield field, value


def _name(named: Identity | None) -> Name | None:
    if named is None:
        return None
    return Name(shown=shown(named.shown), account=shown(named.account), platform=shown(named.platform))


def _at_press(opened: Sequence[OpenedTranscript]) -> dict[str, Message]:
    """Messages by their id, as captured at the press itself."""
    pressed = (each.transcript for each in opened if each.kind is PartKind.REPORTED)
    return {message.id: message for transcript in pressed for message in transcript.messages}


def _conversation(number: int, opened: OpenedTranscript, at_press: Mapping[str, Message]) -> Conversation:
    transcript = opened.transcript
    return Conversation(
        kind=opened.kind,
        source=transcript.source,
        platform=shown(transcript.platform),
        channel=shown(transcript.channel),
        origin=shown(transcript.origin),
        check=opened.check,
        digest=opened.digest,
        messages=tuple(_messages(number, transcript, at_press)),
        subject=_subject(transcript.subject),
        left_out_before=transcript.left_out_before,
        left_out_after=transcript.left_out_after,
        notes=tuple(shown(note) for note in transcript.notes),
    )


def _subject(author: Author | None) -> SubjectView | None:
    if author is None:
        return None
    return SubjectView(shown=shown(author.shown), account=shown(author.id), by_staff=author.is_staff)


def _messages(number: int, transcript: Transcript, at_press: Mapping[str, Message]) -> Iterator[MessageView]:
    places = {message.id: place for place, message in enumerate(transcript.messages)}
    for place, message in enumerate(transcript.messages):
        target = places.get(message.reply_to) if message.reply_to else None
        answered = None if target is None else transcript.messages[target]
        yield _message(
            message,
            anchor=_anchor(number, place),
            reply_anchor="" if target is None else _anchor(number, target),
            reply_to=shown(answered.author.shown if answered else message.reply_to),
            pressed=at_press.get(message.id, message),
        )


def _message(
    message: Message, *, anchor: str, reply_anchor: str, reply_to: str, pressed: Message
) -> MessageView:
    by_reporter = message.author.id == REPORTER
    return MessageView(
        anchor=anchor,
        author=shown(message.author.shown),
        author_id="" if by_reporter else shown(message.author.id),
        by_reporter=by_reporter,
        by_staff=message.author.is_staff,
        text=shown(message.text),
        sent_at=message.sent_at,
        read_at=message.read_at,
        read_from=message.read_from,
        edited_at=message.edited_at,
        reply_anchor=reply_anchor,
        reply_to=reply_to,
        attachments=tuple(_attachment(each) for each in message.attachments),
        reported=message.reported or pressed.reported,
        otherwise=message.text != pressed.text,
    )


def _attachment(attachment: Attachment) -> AttachmentView:
    return AttachmentView(
        name=shown(attachment.name),
        media_type=shown(attachment.media_type),
        size=size_of(attachment.size),
        url=shown(attachment.url),
        platform_id=shown(attachment.platform_id),
        hash=shown(attachment.hash),
    )


def _anchor(number: int, place: int) -> str:
    """Made by us: no id of a platform becomes part of a page's address."""
    return f"m{number}-{place}"
