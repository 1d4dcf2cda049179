"""What two reports may have in common, however it is written, and what never counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.keys import TagKey
from core.evidence.model import REPORTER, Attachment, Author, Message, ReadFrom, Source, Transcript
from core.evidence.parts import PartKind
from core.ids import PartId
from core.testing.clock import START
from desk.linking.values import MOST, Kind, Value, named_in, tags_of, values_of
from desk.opening import Captured, Contents, KeptPart


def contents(*messages: Message, subject: Author | None = None) -> Contents:
    said = Transcript(source=Source.PLATFORM, platform="discord", messages=messages, subject=subject)
    part = KeptPart(PartId("1"), PartKind.REPORTED, b"")
    return Contents(captured=[Captured(part, said, "")])


def message(text: str = "", *, by: str = "42", shown: str = "Fox", reported: bool = False) -> Message:
    author = Author(id=by, shown=shown)
    return Message(
        id="1",
        author=author,
        text=text,
        sent_at=START,
        read_at=START,
        read_from=ReadFrom.PRESS,
        reported=reported,
        attachments=(Attachment(name="a", hash="PDQ:AB12"),) if reported else (),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("write to Silver.Fox@Example.org!", Value(Kind.EMAIL, "silver.fox@example.org")),
        ("add me @Silver_Fox99", Value(Kind.HANDLE, "silver_fox99")),
        ("my snap is silverfox99", Value(Kind.HANDLE, "silverfox99")),
        ("Instagram: silver.fox.", Value(Kind.HANDLE, "silver.fox")),
        ("ring 07911 123456 now", Value(Kind.PHONE, "+447911123456")),
        ("+49 151 23456789", Value(Kind.PHONE, "+4915123456789")),
        ("see https://www.Evil.example/Room?x=1.", Value(Kind.LINK, "evil.example/room?x=1")),
        ("see https://evil.example/", Value(Kind.SITE, "evil.example")),
        ("\uff20silver\u200b_fox99", Value(Kind.HANDLE, "silver_fox99")),
    ],
)
def test_it_is_found_however_it_is_written(text: str, value: Value) -> None:
    assert value in set(named_in(text, "GB"))


@pytest.mark.parametrize("text", ["I was born in 2011", "my insta was hacked", "it is 12:30", "no. @ me", ""])
def test_ordinary_words_name_nobody(text: str) -> None:
    assert list(named_in(text, "GB")) == []


def test_the_reported_account_counts_and_the_reporter_never() -> None:
    found = values_of(
        contents(
            message("hello", reported=True),
            message("@mine is my own", by=REPORTER, shown=REPORTER),
        )
    )
    assert Value(Kind.ACCOUNT, "discord 42") in found
    assert Value(Kind.SHOWN, "fox") in found
    assert Value(Kind.FILE_HASH, "pdq:ab12") in found
    assert not [value for value in found if REPORTER in value.text or value.text == "mine"]


def test_a_pressed_profile_is_the_reported_account() -> None:
    found = values_of(contents(subject=Author(id="7", shown="Fox")))
    assert found == (Value(Kind.ACCOUNT, "discord 7"), Value(Kind.SHOWN, "fox"))


def test_a_telephone_book_is_cut_and_the_account_stays() -> None:
    many = " ".join(f"@name_{number}" for number in range(2_000))
    found = values_of(contents(message(many, reported=True)))
    assert sum(value.kind is not Kind.MESSAGE for value in found) == MOST
    assert found[0].kind is Kind.ACCOUNT


@given(st.text(max_size=3_000))
def test_whatever_is_written_it_ends_and_names_only_what_is_short(text: str) -> None:
    assert all(len(value.text) <= 2_100 for value in named_in(text, None))


def test_hashes_are_of_this_desk_and_say_the_kind() -> None:
    values = (Value(Kind.HANDLE, "fox"), Value(Kind.SHOWN, "fox"))
    mine, others = tags_of(TagKey(b"a" * 32), values), tags_of(TagKey(b"b" * 32), values)
    assert len({tag.tag for tag in (*mine, *others)}) == 4
