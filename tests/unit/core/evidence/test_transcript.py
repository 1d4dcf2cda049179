import hashlib
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.dialogue.model import Evidence
from core.evidence.model import Author, Message, Note, ReadFrom, Source, Transcript
from core.evidence.transcript import canonical, digest, from_site, parse, summary

NOW = datetime(2026, 3, 4, 21, 4, 5, tzinfo=UTC)


def transcript(*texts: str, **changes: object) -> Transcript:
    messages = tuple(
        Message(
            id=str(place),
            author=Author(id="u", shown="U"),
            text=text,
            sent_at=None,
            read_at=NOW,
            read_from=ReadFrom.PAGE,
            reported=place == 1,
        )
        for place, text in enumerate(texts)
    )
    return Transcript(source=Source.SITE, platform="web", messages=messages, **changes)  # type: ignore[arg-type]


@given(st.lists(st.text(), max_size=4))
def test_canonical_bytes_lead_back_to_the_transcript(texts: list[str]) -> None:
    whole = transcript(*texts)
    assert parse(canonical(whole)) == whole
    assert canonical(parse(canonical(whole))) == canonical(whole)


def test_canonical_bytes_are_what_they_have_always_been() -> None:
    """A digest of years ago has to be found again: change this only with a new version of sealing."""
    body = canonical(transcript("hi", "\u202eü", left_out_before=3))
    assert body.decode() == (
        '{"source":"site","platform":"web","messages":['
        '{"id":"0","author":{"id":"u","shown":"U"},"text":"hi","sent_at":null,'
        '"read_at":"2026-03-04T21:04:05Z","read_from":"page"},'
        '{"id":"1","author":{"id":"u","shown":"U"},"text":"\u202eü","sent_at":null,'
        '"read_at":"2026-03-04T21:04:05Z","read_from":"page","reported":true}],"left_out_before":3}'
    )


def test_a_digest_is_the_sha_256_of_the_canonical_bytes() -> None:
    body = canonical(transcript("hi"))
    assert digest(body) == hashlib.sha256(body).hexdigest()


@given(st.text(), st.text())
def test_other_words_have_another_digest(one: str, other: str) -> None:
    same = canonical(transcript(one)) == canonical(transcript(other))
    assert same is (one == other)


def test_the_screen_is_told_counts_and_who_vouches_and_no_content() -> None:
    assert summary(transcript("a", "b", "c")) == Evidence(messages=1, context=2, source="site")


def test_where_no_message_is_marked_all_of_them_were_handed_over() -> None:
    assert summary(transcript("a")) == Evidence(messages=1, context=0, source="site")


def test_the_screen_is_told_when_something_was_left_out() -> None:
    for note in (Note.MESSAGES_LEFT_OUT, Note.TEXT_SHORTENED, Note.ATTACHMENTS_LEFT_OUT):
        assert summary(transcript("a", notes=(note.value,))).truncated
    for note in (Note.DATA_URI_REMOVED, Note.ENCODING_REPAIRED, Note.NAME_QUOTED):
        assert not summary(transcript("a", notes=(note.value,))).truncated


def test_a_page_that_hands_over_too_much_is_told_as_truncated() -> None:
    many = [{"text": str(place), "reported": place == 50} for place in range(100)]
    told = summary(from_site(json.dumps({"messages": many}), "https://a.example", NOW))
    assert told == Evidence(messages=1, context=20, truncated=True, source="site")
