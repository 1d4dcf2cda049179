import copy
import hashlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CannotOpen, InputRefused, Unopened
from core.evidence.drafts import DraftKey, draft_id, lock, new_draft_key, unlock
from core.evidence.padding import KIB

RAW = bytes(range(16))
raw_keys = st.binary(min_size=16, max_size=16)


@given(raw_keys, st.binary(max_size=5000))
def test_what_was_locked_unlocks_with_the_same_key(raw: bytes, content: bytes) -> None:
    assert unlock(DraftKey(raw), lock(DraftKey(raw), content)) == content


@given(raw_keys, raw_keys)
def test_another_key_unlocks_nothing(one: bytes, other: bytes) -> None:
    locked = lock(DraftKey(one), b"what happened")
    if one == other:
        return
    with pytest.raises(CannotOpen) as refused:
        unlock(DraftKey(other), locked)
    assert refused.value.why is Unopened.NO_KEY


@given(st.data())
def test_a_changed_byte_anywhere_keeps_it_closed(data: st.DataObject) -> None:
    locked = bytearray(lock(DraftKey(RAW), b"what happened"))
    locked[data.draw(st.integers(0, len(locked) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        unlock(DraftKey(RAW), bytes(locked))


@given(st.data())
def test_a_draft_cut_short_or_made_longer_stays_closed(data: st.DataObject) -> None:
    locked = lock(DraftKey(RAW), b"what happened")
    cut = locked[: data.draw(st.integers(0, len(locked) - 1))]
    for wrong in (cut, locked + data.draw(st.binary(min_size=1, max_size=20))):
        with pytest.raises(CannotOpen):
            unlock(DraftKey(RAW), wrong)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_calmly(rubbish: bytes) -> None:
    with pytest.raises(CannotOpen):
        unlock(DraftKey(RAW), rubbish)


def test_a_draft_of_a_newer_version_says_so() -> None:
    with pytest.raises(CannotOpen) as refused:
        unlock(DraftKey(RAW), b"\x02" + lock(DraftKey(RAW), b"")[1:])
    assert refused.value.why is Unopened.UNKNOWN_VERSION


@given(st.binary(max_size=KIB - 4), st.binary(max_size=KIB - 4))
def test_the_length_of_a_draft_does_not_tell_how_much_was_said(one: bytes, other: bytes) -> None:
    assert len(lock(DraftKey(RAW), one)) == len(lock(DraftKey(RAW), other))


def test_the_same_draft_locked_twice_reads_differently() -> None:
    assert lock(DraftKey(RAW), b"same") != lock(DraftKey(RAW), b"same")


def test_nothing_of_the_content_shows() -> None:
    assert b"what happened" not in lock(DraftKey(RAW), b"what happened")


@given(raw_keys)
def test_the_text_of_a_key_leads_back_to_it_and_fits_an_address(raw: bytes) -> None:
    text = DraftKey(raw).text
    assert DraftKey.parse(text) == DraftKey(raw)
    assert len(text) == 22
    assert text.replace("-", "").replace("_", "").isalnum()
    assert text.isascii()


@given(st.text(max_size=40))
def test_only_the_one_text_of_a_key_is_taken(text: str) -> None:
    try:
        key = DraftKey.parse(text)
    except InputRefused:
        return
    assert key.text == text


def test_the_refusal_names_the_field_and_does_not_repeat_what_came() -> None:
    with pytest.raises(InputRefused) as refused:
        DraftKey.parse("SECRET-WORDS")
    assert refused.value.field == "key"
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("last", ["B", "h", "_", "9"])
def test_a_key_has_one_spelling_only(last: str) -> None:
    text = DraftKey(RAW).text
    with pytest.raises(InputRefused):
        DraftKey.parse(text[:-1] + last)


@pytest.mark.parametrize(
    "text", ["", "A" * 21, "A" * 23, "A" * 22 + "\n", "é" * 22, "A" * 10 + "+/" + "A" * 10]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InputRefused):
        DraftKey.parse(text)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_key_has_sixteen_bytes(length: int) -> None:
    with pytest.raises(InputRefused):
        DraftKey(b"x" * length)


def test_a_draft_is_stored_under_the_hash_of_its_key() -> None:
    assert draft_id(DraftKey(RAW)) == hashlib.sha256(RAW).hexdigest()


def test_a_new_key_takes_its_bytes_from_what_it_is_given() -> None:
    assert new_draft_key(lambda count: b"k" * count) == DraftKey(b"k" * 16)


def test_no_two_new_keys_are_alike() -> None:
    assert len({new_draft_key() for _ in range(200)}) == 200


@given(raw_keys)
def test_what_is_derived_depends_on_the_purpose(raw: bytes) -> None:
    key = DraftKey(raw)
    assert key.derive(b"one", 16) == key.derive(b"one", 16)
    assert key.derive(b"one", 16) != key.derive(b"two", 16)
    assert key.derive(b"one", 16) != raw


@pytest.mark.parametrize("show", [repr, str, format, lambda key: f"{[key]}"])
def test_a_key_never_shows_itself(show: object) -> None:
    assert callable(show)
    assert "hidden" in show(DraftKey(RAW))
    assert DraftKey(RAW).text not in show(DraftKey(RAW))
    assert "\\x01" not in show(DraftKey(RAW))


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_leaves_no_copy(leave: object) -> None:
    assert callable(leave)
    with pytest.raises(TypeError):
        leave(DraftKey(RAW))


def test_a_key_equals_nothing_but_itself() -> None:
    assert DraftKey(RAW) != RAW
    assert DraftKey(RAW) != DraftKey(b"x" * 16)
