"""Makes a pack of what was gathered: its files, the signed manifest, the archive. Pure; in a thread.

The same things gathered, with the same keys, at the same moment, make the same bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from core.evidence.keys import DeskKeys
from core.evidence.signatures import SigningKey
from desk.model import OpenedTranscript, Scope
from desk.pack.archive import MANIFEST, SIGNATURE, packed, records
from desk.pack.gathering import Gathered, Told, tell
from desk.pack.model import (
    AnswersFile,
    Custody,
    Export,
    Manifest,
    MessageRecord,
    ReportAnswers,
    ReportTranscripts,
    Request,
    Signature,
    SupplementRecord,
    TranscriptRecord,
    Transcripts,
    UnreadablePart,
    schema,
)
from desk.talk.model import MessageKind, OpenMessage

README: Final = "READ-ME.txt"


class Asked(NamedTuple):
    """An export with what was asked for in it."""

    export: Export
    request: Request


class Shown(NamedTuple):
    """What the page for people is made of."""

    asked: Asked
    scope: Scope
    made_at: datetime
    key: str
    reports: tuple[Told, ...]
    custody: Custody

    def __repr__(self) -> str:
        return f"<Shown {self.asked.export.id}>"


Render = Callable[[Shown], str]
"""The page for people: one document that asks for nothing from outside, and the words of the other files."""


class Pages(NamedTuple):
    """Who writes what people read."""

    transcript: Render
    statement: Render
    readme: Render


def make(
    asked: Asked, gathered: Gathered, keys: DeskKeys, pages: Pages, *, scope: Scope, now: datetime
) -> bytes:
    """The archive, not locked yet. Raises KeysMissing without a key to sign with, TooLarge."""
    key = keys.signer
    told = tuple(tell(each, keys.opening) for each in gathered.reports)
    custody = Custody(
        received=gathered.receipts,
        lines=gathered.lines,
        trail_entries=gathered.head.entries,
        trail_head=gathered.head.hash,
    )
    shown = Shown(asked, scope, now, key.public, told, custody)
    files = _files(shown, pages)
    manifest = _written(_manifest(shown, gathered, files))
    return packed(files | {MANIFEST: manifest, SIGNATURE: _signed(manifest, key)})


def _files(shown: Shown, pages: Pages) -> dict[str, bytes]:
    """Every file but the manifest."""
    return {
        "transcript.html": pages.transcript(shown).encode(errors="replace"),
        "transcript.json": _written(Transcripts(reports=tuple(map(_transcripts, shown.reports)))),
        "answers.json": _written(AnswersFile(reports=tuple(map(_answers, shown.reports)))),
        "custody.json": _written(shown.custody),
        "statement.txt": pages.statement(shown).encode(errors="replace"),
        README: pages.readme(shown).encode(errors="replace"),
        "schema.json": schema(),
    }


def _manifest(shown: Shown, gathered: Gathered, files: Mapping[str, bytes]) -> Manifest:
    export = shown.asked.export
    agreed = export.answer == "yes"
    return Manifest(
        pack=export.id,
        made_at=shown.made_at,
        desk=shown.scope.desk,
        standing=shown.scope.standing.value,
        case=export.case,
        reports=tuple(each.lying.kept.report for each in shown.reports),
        purpose=export.purpose.value,
        name=shown.asked.request.name,
        asked_by=export.asked_by,
        asked_at=export.asked_at,
        agreed_by=export.answered_by if agreed else "",
        agreed_at=export.answered_at if agreed else None,
        files=records(files),
        parts=gathered.parts,
    )


def _signed(manifest: bytes, key: SigningKey) -> bytes:
    return _written(Signature(key=key.public, signature=key.sign(manifest)))


def _transcripts(told: Told) -> ReportTranscripts:
    lying, opened = told.lying, told.opened
    return ReportTranscripts(
        report=lying.kept.report,
        community=lying.kept.community,
        platform=lying.platform,
        road=lying.road,
        sent_at=lying.sent_at,
        received_at=lying.received_at,
        transcripts=_records(opened.transcripts),
        cannot_open=tuple(
            UnreadablePart(part=each.part, kind=each.kind.value, fault=each.fault.value)
            for each in opened.cannot_open
        ),
        missing=opened.missing,
    )


def _records(found: Sequence[OpenedTranscript]) -> tuple[TranscriptRecord, ...]:
    return tuple(
        TranscriptRecord(
            part=each.part,
            kind=each.kind.value,
            digest=each.digest,
            check=each.check.value,
            transcript=each.transcript,
        )
        for each in found
    )


def _answers(told: Told) -> ReportAnswers:
    facts = told.opened.facts
    return ReportAnswers(
        report=told.opened.report,
        role=facts.role.value if facts else None,
        language=facts.language if facts else None,
        country=facts.country if facts else None,
        pressed_at=facts.pressed_at if facts else None,
        answers=facts.answers if facts else None,
        supplements=tuple(
            SupplementRecord(part=each.part, added_at=each.added_at, answers=each.answers, reply=each.reply)
            for each in told.opened.supplements
        ),
        messages=tuple(map(_message, told.wrote)),
        named=told.opened.named,
        contact_left_out=told.contact_left_out,
    )


def _message(found: OpenMessage) -> MessageRecord:
    message = found.message
    return MessageRecord(
        id=message.id,
        at=message.at,
        outcome=message.kind is MessageKind.OUTCOME,
        text=found.text,
        shown_at=message.shown_at,
    )


def _written(record: msgspec.Struct) -> bytes:
    """Readable by people, the same every time."""
    return msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=1) + b"\n"
