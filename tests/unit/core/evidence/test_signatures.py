"""Signatures of the desk: only whoever has the key makes them, anybody checks them."""

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KeysMissing
from core.evidence.keys import KeyFolder, KeyName
from core.evidence.signatures import SigningKey, is_public, is_signed, new_signing_key
from core.testing.clock import FixedClock

KEY = new_signing_key()


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys", FixedClock())


@given(body=st.binary())
def test_what_is_signed_is_known_for_it(body: bytes) -> None:
    assert is_signed(body, KEY.sign(body), KEY.public)


@given(body=st.binary(), other=st.binary())
def test_no_other_bytes_and_no_other_key_pass(body: bytes, other: bytes) -> None:
    signature = KEY.sign(body)
    assert is_signed(other, signature, KEY.public) == (other == body)
    assert not is_signed(body, signature, new_signing_key().public)


@pytest.mark.parametrize("wrong", ["", "zz", "00", "0" * 127, "é"])
def test_what_is_no_signature_or_no_key_passes_for_none(wrong: str) -> None:
    assert not is_signed(b"", wrong, KEY.public)
    assert not is_signed(b"", KEY.sign(b""), wrong)
    assert not is_public(wrong)


def test_a_key_is_read_again_and_never_shows_itself() -> None:
    again = SigningKey.parse(f"# a note\n{KEY.reveal()}\n")
    assert again.public == KEY.public
    assert KEY.reveal()[-64:] not in repr(KEY)
    for leak in (copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            leak(KEY)
    with pytest.raises(KeysMissing):
        SigningKey.parse("nothing")


def test_a_desk_of_before_there_was_a_signing_key_goes_on_without_one(folder: KeyFolder) -> None:
    folder.desk(create=True)
    (folder.path / KeyName.SIGNING).unlink()
    keys = folder.desk(create=False)
    with pytest.raises(KeysMissing, match="keys new"):
        keys.signer  # noqa: B018 - asking for it is the test


def test_the_listing_shows_its_public_half(folder: KeyFolder) -> None:
    keys = folder.desk(create=True)
    listed = {each.what: each.public for each in folder.listing()}
    assert listed["desk-signing"] == keys.signer.public
