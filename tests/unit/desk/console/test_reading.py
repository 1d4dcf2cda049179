from datetime import timedelta
from typing import Any

import pytest

from core.evidence.model import Attachment, Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import Identity, PartKind
from core.ids import PartId, ReportId
from core.reports.categories import Categories
from core.reports.model import Answers, Category, YesNo
from core.testing.clock import START
from desk.console.reading import Reading, reading_of, size_of, told
from desk.model import CannotOpenPart, Check, Fault, Opened, OpenedSupplement, OpenedTranscript

TURNED = "photo\u202egpj.exe"


def _message(number: int = 1, text: str = "said", **how: Any) -> Message:
    how.setdefault("author", Author(id="42", shown="somebody"))
    return Message(
        id=str(number),
        text=text,
        sent_at=START,
        read_at=START + timedelta(minutes=1),
        read_from=ReadFrom.HISTORY,
        **how,
    )


def _transcript(
    *messages: Message, kind: PartKind = PartKind.REPORTED, source: Source = Source.PLATFORM, **how: Any
) -> OpenedTranscript:
    said = Transcript(source=source, platform="web", messages=messages, **how)
    return OpenedTranscript(
        part=PartId("p"), kind=kind, transcript=said, digest="d" * 64, check=Check.MATCHES
    )


def _reading(categories: Categories, *transcripts: OpenedTranscript, **how: Any) -> Reading:
    opened = Opened(report=ReportId("r"), facts=None, transcripts=transcripts, read_at=START, **how)
    return reading_of(opened, categories)


def _supplement(minutes: int, answers: Answers) -> OpenedSupplement:
    return OpenedSupplement(part=PartId("s"), answers=answers, added_at=START + timedelta(minutes=minutes))


def test_links_are_broken_and_hidden_marks_shown_wherever_somebody_wrote(categories: Categories) -> None:
    hostile = f"https://evil.example/x {TURNED}"
    message = _message(
        text=hostile,
        author=Author(id=hostile, shown=hostile),
        reply_to=hostile,
        attachments=(
            Attachment(name=hostile, media_type=hostile, platform_id=hostile, url=hostile, hash=hostile),
        ),
    )
    reading = _reading(
        categories,
        _transcript(message, channel=hostile, origin=hostile, notes=(hostile,)),
        supplements=(_supplement(1, Answers(own_words=hostile, about=hostile, contact=hostile)),),
        named=Identity(platform=hostile, account=hostile, shown=hostile),
    )
    assert "https://" not in repr(reading)
    assert "\u202e" not in repr(reading).encode().decode("unicode_escape", "replace")
    (shown,) = reading.conversations[0].messages
    assert shown.text == "hxxps://evil[.]example/x photo⟦RLO⟧gpj[.]exe"
    assert shown.attachments[0].name == shown.text


def test_the_reporter_is_told_apart_and_has_no_id(categories: Categories) -> None:
    reading = _reading(categories, _transcript(_message(author=Author(id="reporter", shown="reporter"))))
    (message,) = reading.conversations[0].messages
    assert message.by_reporter
    assert message.author_id == ""


def test_a_reply_leads_to_its_message_where_that_is_here(categories: Categories) -> None:
    talk = _transcript(_message(1), _message(2, reply_to="1"), _message(3, reply_to="77"))
    first, answer, lost = _reading(categories, talk).conversations[0].messages
    assert answer.reply_anchor == first.anchor
    assert answer.reply_to == "somebody"
    assert (lost.reply_anchor, lost.reply_to) == ("", "77")


def test_anchors_are_made_by_us_and_never_the_same_twice(categories: Categories) -> None:
    talk = _transcript(_message(1), _message(1), _message(2))
    reading = _reading(categories, talk, _transcript(_message(1), kind=PartKind.CONTEXT))
    anchors = [message.anchor for each in reading.conversations for message in each.messages]
    assert len(set(anchors)) == len(anchors)


def test_a_message_that_was_changed_after_the_press_says_so(categories: Categories) -> None:
    pressed = _transcript(_message(1, "pay 50 by tonight", reported=True))
    around = _transcript(_message(1, "hello"), _message(2, "hi"), kind=PartKind.CONTEXT)
    reading = _reading(categories, pressed, around)
    at_press, later = reading.conversations
    assert [message.otherwise for message in at_press.messages] == [False]
    assert [message.otherwise for message in later.messages] == [True, False]


def test_the_reported_message_is_marked_among_its_surroundings_too(categories: Categories) -> None:
    pressed = _transcript(_message(1, reported=True), _message(3))
    around = _transcript(_message(1), _message(2), _message(3), kind=PartKind.CONTEXT)
    at_press, later = _reading(categories, pressed, around).conversations
    assert [message.reported for message in at_press.messages] == [True, False]
    assert [message.reported for message in later.messages] == [True, False, False]


def test_what_was_added_shows_only_what_changed_each_time(categories: Categories) -> None:
    reading = _reading(
        categories,
        supplements=(
            _supplement(1, Answers(own_words="one", danger=YesNo.NO)),
            _supplement(2, Answers(own_words="one two", danger=YesNo.NO)),
            _supplement(3, Answers(own_words="one two", danger=YesNo.NO)),
        ),
    )
    assert [step.changed for step in reading.added] == [
        (("danger", "no"), ("own_words", "one")),
        (("own_words", "one two"),),
        (),
    ]


def test_the_answers_stand_as_they_were_told_last(categories: Categories) -> None:
    reading = _reading(categories, supplements=(_supplement(1, Answers(team_may_know_name=False)),))
    assert reading.told is not None
    assert reading.told.team_may_know_name == "no"


def test_without_readable_answers_there_are_none_and_not_empty_ones(categories: Categories) -> None:
    assert _reading(categories).told is None


def test_what_was_not_asked_is_unsaid_and_never_no(categories: Categories) -> None:
    answers = told(Answers(), categories)
    assert {answers.danger, answers.runs_place, answers.who, answers.age} == {"unsaid"}
    assert answers.others_use_phone == "unsaid"
    assert answers.category == categories[Category.UNSPECIFIED].professional


@pytest.mark.parametrize(
    ("sources", "sure"),
    [
        ((), "word"),
        ((Source.PASTED,), "pasted"),
        ((Source.SITE, Source.PASTED), "site"),
        ((Source.SITE, Source.PLATFORM), "platform"),
    ],
)
def test_how_sure_it_is_follows_from_who_vouches_best(
    sources: tuple[Source, ...], sure: str, categories: Categories
) -> None:
    talks = [_transcript(_message(), source=source) for source in sources]
    assert _reading(categories, *talks).sureness == sure


def test_an_empty_transcript_makes_nothing_surer(categories: Categories) -> None:
    assert _reading(categories, _transcript()).sureness == "word"


def test_what_cannot_be_opened_is_handed_on(categories: Categories) -> None:
    fault = CannotOpenPart(part=PartId("p"), kind=PartKind.CONTEXT, fault=Fault.NO_KEY)
    reading = _reading(categories, cannot_open=(fault,), missing=(PartId("q"),))
    assert (reading.cannot_open, reading.missing) == ((fault,), ("q",))


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (284_113, "284 KB"),
        (3_400_000_000, "3.4 GB"),
        (5 * 10**15, "5000000.0 GB"),
    ],
)
def test_sizes_are_in_units_people_compare(size: int | None, shown: str) -> None:
    assert size_of(size) == shown
