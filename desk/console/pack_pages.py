"""The files of a pack that people read: the transcript as one page, a statement, how to check it. Pure."""

from typing import Any, NamedTuple

from core.reports.categories import Categories
from core.reports.model import Standing
from desk.console.reading import Reading, reading_of
from desk.console.words import Pages as Words
from desk.console.words import exact
from desk.pack.gathering import Told
from desk.pack.making import Pages, Shown
from desk.talk.model import OpenMessage


class _Report(NamedTuple):
    """One report as the page shows it."""

    id: str
    community: str
    platform: str
    sent_at: Any
    reading: Reading
    contact_left_out: bool
    wrote: tuple[OpenMessage, ...]


def pack_pages(words: Words, categories: Categories) -> Pages:
    """Who writes what people read in a pack."""
    return Pages(
        transcript=lambda shown: _transcript(words, categories, shown),
        statement=lambda shown: _statement(words, shown),
        readme=lambda _shown: _lines(words.say(f"desk-pack-readme-{number}") for number in range(1, 6)),
    )


def _transcript(words: Words, categories: Categories, shown: Shown) -> str:
    return words.render(
        "pack_transcript.html",
        export=shown.asked.export,
        name=shown.asked.request.name,
        scope=shown.scope,
        practising=shown.scope.standing is Standing.PRACTICE,
        made_at=shown.made_at,
        reports=[_report(told, categories) for told in shown.reports],
        custody=shown.custody,
    )


def _report(told: Told, categories: Categories) -> _Report:
    kept = told.lying.kept
    return _Report(
        id=kept.report,
        community=kept.community,
        platform=told.lying.platform,
        sent_at=told.lying.sent_at,
        reading=reading_of(told.opened, categories),
        contact_left_out=told.contact_left_out,
        wrote=told.wrote,
    )


def _statement(words: Words, shown: Shown) -> str:
    say, export = words.say, shown.asked.export
    made = {**shown.scope.named, "made": exact(shown.made_at)}
    purpose = say(f"desk-export-purpose-{export.purpose.value}")
    return _lines(
        (
            say("desk-pack-statement-1", case=export.case, **made),
            say("desk-pack-statement-2", asked=export.asked_by, at=exact(export.asked_at)),
            _agreed(words, shown),
            say("desk-pack-statement-3", purpose=purpose, name=shown.asked.request.name),
            say("desk-pack-statement-4"),
            say("desk-pack-statement-5"),
            say("desk-pack-statement-6", key=shown.key),
        )
    )


def _agreed(words: Words, shown: Shown) -> str:
    export = shown.asked.export
    if export.answer != "yes" or export.answered_at is None:
        return words.say("desk-pack-statement-alone")
    at = exact(export.answered_at)
    return words.say("desk-pack-statement-agreed", name=export.answered_by, at=at)


def _lines(lines: Any) -> str:
    return "\n".join(lines) + "\n"
