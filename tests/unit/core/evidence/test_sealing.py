import base64
import copy
import gzip
import json
import pickle
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import msgspec
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CannotOpen, KeysMissing, TooLarge, Unopened
from core.evidence.padding import KIB, bucket, pad
from core.evidence.parts import PartHeader, PartKind
from core.evidence.sealing import (
    MAX_BODY,
    Recipient,
    SecretKey,
    check_header,
    digest,
    new_key,
    open_part,
    recipient,
    seal,
)
from core.ids import CommunityId, PartId, ReportId

KEY = new_key()
ANOTHER = new_key()
HEADER = PartHeader(
    draft="d" * 64,
    part=PartId("part-1"),
    kind=PartKind.REPORTED,
    community=CommunityId("school"),
    report=ReportId("report-1"),
)
AGE_OVERHEAD = 16  # the payload's nonce; and as much again for each chunk's tag
CHUNK = 64 * KIB


def payload_length(sealed: bytes) -> int:
    """What follows the age header, whose length age itself varies at random."""
    end = sealed.index(b"\n", sealed.index(b"\n--- ") + 1)
    return len(sealed) - end - 1


def encrypted(plain: bytes) -> bytes:
    sealed: bytes = pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(KEY.public)])
    return sealed


def framed(packed: bytes, *, version: int = 1, length: int | None = None, padding: bytes = b"") -> bytes:
    size = len(packed) if length is None else length
    return b"lifebelt-part %d %010d\n" % (version, size) + packed + padding


def packed(body: bytes, **changes: object) -> bytes:
    header = msgspec.structs.replace(HEADER, digest=digest(body))
    fields = msgspec.to_builtins(header) | changes
    return gzip.compress(json.dumps(fields).encode() + b"\n" + body)


def why(sealed: bytes, *keys: SecretKey) -> Unopened:
    with pytest.raises(CannotOpen) as refused:
        open_part(sealed, keys or (KEY,))
    return refused.value.why


@given(st.binary(max_size=5000))
def test_what_was_sealed_opens_as_it_was(body: bytes) -> None:
    header, opened = open_part(seal(body, HEADER, [KEY.public]), [KEY])
    assert opened == body
    assert header == msgspec.structs.replace(HEADER, digest=digest(body))


def test_the_largest_body_opens_and_a_larger_one_is_refused() -> None:
    largest = b"x" * MAX_BODY
    assert open_part(seal(largest, HEADER, [KEY.public]), [KEY])[1] == largest
    with pytest.raises(TooLarge):
        seal(largest + b"x", HEADER, [KEY.public])


def test_random_bytes_of_the_largest_size_open_too() -> None:
    noise = b"".join(digest(str(n).encode()).encode() for n in range(MAX_BODY // 64))
    assert open_part(seal(noise, HEADER, [KEY.public]), [KEY])[1] == noise


@given(st.integers(0, 200 * KIB))
def test_the_length_of_a_sealed_part_tells_its_bucket_and_nothing_else(size: int) -> None:
    body = zlib_proof(size)
    length = payload_length(seal(body, HEADER, [KEY.public]))
    buckets = {AGE_OVERHEAD + full + 16 * -(-full // CHUNK) for full in all_buckets()}
    assert length in buckets


@given(st.binary(max_size=600), st.binary(max_size=600))
def test_two_short_tellings_have_the_same_length(one: bytes, other: bytes) -> None:
    lengths = {payload_length(seal(body, HEADER, [KEY.public])) for body in (one, other)}
    assert len(lengths) == 1


def zlib_proof(size: int) -> bytes:
    """Bytes that hardly compress, the same for the same size."""
    blocks = (base64.b16decode(digest(str(n).encode()).upper()) for n in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def all_buckets() -> set[int]:
    return {KIB * 2**power for power in range(6)} | {32 * KIB * n for n in range(1, 9)}


@given(st.integers(0, 400 * KIB))
def test_a_bucket_holds_its_content_and_is_one_of_few(length: int) -> None:
    size = bucket(length)
    assert size >= length
    assert size in {KIB, 2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB} or size % (32 * KIB) == 0
    assert size == KIB or bucket(size) == size
    assert len(pad(b"x" * length)) == size


@given(st.integers(0, 400 * KIB), st.integers(0, 400 * KIB))
def test_buckets_grow_with_their_content(one: int, other: int) -> None:
    assert (bucket(one) <= bucket(other)) or one > other


@pytest.mark.parametrize("length", [1, KIB, KIB + 1, 32 * KIB, 32 * KIB + 1, 64 * KIB])
def test_a_bucket_is_never_more_than_twice_its_content_or_the_least(length: int) -> None:
    assert bucket(length) <= max(KIB, 2 * length)


def test_every_recipient_opens_it_and_nobody_else() -> None:
    recovery, stranger = new_key(), new_key()
    sealed = seal(b"body", HEADER, [KEY.public, recovery.public])
    assert open_part(sealed, [KEY])[1] == b"body"
    assert open_part(sealed, [recovery])[1] == b"body"
    assert why(sealed, stranger) is Unopened.NO_KEY


def test_a_retired_key_among_several_opens_it() -> None:
    assert open_part(seal(b"body", HEADER, [ANOTHER.public]), [KEY, ANOTHER])[1] == b"body"


def test_no_key_at_all_opens_nothing() -> None:
    with pytest.raises(CannotOpen) as refused:
        open_part(seal(b"body", HEADER, [KEY.public]), [])
    assert refused.value.why is Unopened.NO_KEY


def test_the_same_recipient_named_twice_counts_once() -> None:
    sealed = seal(b"body", HEADER, [KEY.public, KEY.public])
    assert sealed.count(b"-> X25519 ") == 1


def test_sealing_to_nobody_is_refused() -> None:
    with pytest.raises(KeysMissing):
        seal(b"body", HEADER, [])


def test_sealing_to_what_is_no_key_is_refused() -> None:
    with pytest.raises(KeysMissing):
        seal(b"body", HEADER, [KEY.public, Recipient("age1nonsense")])


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_anywhere_keeps_it_closed(place: int, change: int) -> None:
    sealed = bytearray(seal(b"body", HEADER, [KEY.public]))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(CannotOpen):
        open_part(bytes(sealed), [KEY])


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=40))
def test_a_part_cut_short_or_made_longer_stays_closed(place: int, more: bytes) -> None:
    sealed = seal(b"body", HEADER, [KEY.public])
    for wrong in (sealed[: place % len(sealed)], sealed + more):
        with pytest.raises(CannotOpen):
            open_part(wrong, [KEY])


@given(st.binary(max_size=300))
def test_rubbish_is_refused_calmly(rubbish: bytes) -> None:
    assert why(rubbish) in {Unopened.DAMAGED, Unopened.UNKNOWN_VERSION}


@given(st.binary(max_size=300))
def test_rubbish_that_somebody_encrypted_to_us_is_refused_calmly(rubbish: bytes) -> None:
    assert why(encrypted(rubbish)) is Unopened.DAMAGED


def test_a_frame_made_by_hand_opens_so_the_refusals_below_mean_something() -> None:
    assert open_part(encrypted(framed(packed(b"body"), padding=b"\0" * 9)), [KEY])[1] == b"body"


def test_a_newer_frame_stays_closed_and_says_that_an_upgrade_would_open_it() -> None:
    assert why(encrypted(framed(packed(b"body"), version=2))) is Unopened.UNKNOWN_VERSION


def test_a_newer_header_stays_closed_and_says_so() -> None:
    assert why(encrypted(framed(packed(b"body", v=2)))) is Unopened.UNKNOWN_VERSION


def test_a_later_version_of_age_stays_closed_and_says_so() -> None:
    sealed = seal(b"body", HEADER, [KEY.public])
    assert why(sealed.replace(b"age-encryption.org/v1", b"age-encryption.org/v9")) is Unopened.UNKNOWN_VERSION


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(framed(packed(b"body"), padding=b"\0\0x\0"), id="something in the padding"),
        pytest.param(framed(packed(b"body") + b"x"), id="something behind the gzip"),
        pytest.param(framed(packed(b"body") + packed(b"more")), id="a second gzip"),
        pytest.param(framed(packed(b"body"), length=5), id="a length too short"),
        pytest.param(framed(packed(b"body"), length=10**9), id="a length too long"),
        pytest.param(framed(packed(b"body")[:-4]), id="gzip cut off"),
        pytest.param(framed(packed(b"body")[:-8] + b"\0" * 8), id="gzip with a wrong check sum"),
        pytest.param(framed(gzip.compress(b"no header")), id="no header"),
        pytest.param(framed(gzip.compress(b"{}\nbody")), id="a header without fields"),
        pytest.param(framed(gzip.compress(b'\xff"\nbody')), id="a header that is no JSON"),
        pytest.param(framed(gzip.compress(b'{"draft": "\xff"}\nbody')), id="a header that is no UTF-8"),
        pytest.param(framed(packed(b"body", digest=digest(b"another"))), id="a digest of something else"),
        pytest.param(framed(packed(b"body", digest="")), id="no digest"),
        pytest.param(framed(packed(b"body", kind="diary")), id="an unknown kind"),
        pytest.param(b"lifebelt-part 1 12\n" + packed(b"body"), id="a length not written in full"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 3000, id="brackets"),
    ],
)
def test_whatever_is_not_just_right_inside_stays_closed(plain: bytes) -> None:
    assert why(encrypted(plain)) is Unopened.DAMAGED


def test_deeply_nested_json_in_a_header_is_refused_calmly() -> None:
    assert why(encrypted(framed(gzip.compress(b'{"x":' * 3000 + b"\n")))) is Unopened.DAMAGED


@pytest.mark.parametrize("size", [MAX_BODY + 4 * KIB, 64 * 2**20])
def test_a_bomb_is_refused_even_where_all_else_is_right(size: int) -> None:
    bomb = packed(b"\0" * size)
    assert len(bomb) < 100 * KIB
    assert why(encrypted(framed(bomb))) is Unopened.DAMAGED


def test_a_bomb_never_becomes_large_in_memory() -> None:
    sealed = encrypted(framed(packed(b"\0" * 2**26)))
    tracemalloc.start()
    try:
        assert why(sealed) is Unopened.DAMAGED
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_more_than_any_part_is_not_even_decrypted() -> None:
    assert why(b"age-encryption.org/v1\n" + b"\0" * 2**21) is Unopened.DAMAGED


@pytest.mark.parametrize(
    "changed",
    [
        {"draft": "e" * 64},
        {"part": PartId("part-2")},
        {"kind": PartKind.CONTEXT},
        {"community": CommunityId("club")},
    ],
)
def test_a_part_of_elsewhere_is_told_by_each_field_of_its_header(changed: dict[str, str]) -> None:
    place = {"draft": "d" * 64, "part": "part-1", "kind": PartKind.REPORTED, "community": "school"}
    check_header(HEADER, **place)  # type: ignore[arg-type]
    with pytest.raises(CannotOpen) as refused:
        check_header(HEADER, **(place | changed))  # type: ignore[arg-type]
    assert refused.value.why is Unopened.OTHER_REPORT


def test_a_secret_key_is_read_back_from_its_own_text() -> None:
    assert SecretKey.parse(f" {KEY.reveal()}\n") == KEY
    assert KEY.reveal().startswith("AGE-SECRET-KEY-1")
    assert {KEY, SecretKey.parse(KEY.reveal())} == {KEY}
    assert KEY != ANOTHER


@pytest.mark.parametrize("show", [repr, str, format, lambda key: f"{key!r:>40}", lambda key: f"{[key]}"])
def test_a_secret_key_never_shows_itself(show: object) -> None:
    assert callable(show)
    words = show(KEY)
    assert "hidden" in words
    assert KEY.reveal()[20:30] not in words
    assert "AGE-SECRET" not in words


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_key_leaves_no_copy(leave: object) -> None:
    assert callable(leave)
    with pytest.raises(TypeError):
        leave(KEY)


def test_a_secret_key_cannot_be_written_as_json() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode({"key": KEY})


@given(st.text(max_size=100))
def test_what_is_no_secret_key_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(KeysMissing) as refused:
        SecretKey.parse(text)
    assert str(refused.value) == "this is not an age secret key"
    assert refused.value.__suppress_context__


@given(st.text(max_size=100))
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(KeysMissing):
        recipient(text)


def test_a_public_key_is_taken_with_blanks_around_it() -> None:
    assert recipient(f" {KEY.public}\n") == KEY.public


def test_a_secret_key_where_a_public_one_belongs_is_refused_and_not_quoted() -> None:
    with pytest.raises(KeysMissing) as refused:
        recipient(KEY.reveal())
    assert KEY.reveal() not in str(refused.value)


@pytest.mark.skipif(
    not all(map(shutil.which, ("age", "gzip", "tail", "sh"))),
    reason="install the age tool: apt-get install age",
)
def test_the_standard_tools_open_a_part_without_lifebelt(tmp_path: Path) -> None:
    (tmp_path / "desk.key").write_text(f"# the desk's key\n{KEY.reveal()}\n")
    (tmp_path / "part.age").write_bytes(seal("ünï".encode(), HEADER, [ANOTHER.public, KEY.public]))
    way = "age -d -i desk.key part.age | tail -n +2 | gzip -dc"
    done = subprocess.run(["sh", "-c", way], cwd=tmp_path, capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\n")
    assert body.decode() == "ünï"
    assert json.loads(head)["part"] == "part-1"
    assert done.stderr == b""
