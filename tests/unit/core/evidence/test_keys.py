import base64
import copy
import os
import pickle
import shutil
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KeysMissing, KeysUnsafe
from core.evidence import keys as module
from core.evidence.keys import (
    KeyFolder,
    KeyName,
    TagKey,
    check_webhook_secret,
    key_file,
    new_recovery,
    new_webhook_secret,
)
from core.evidence.parts import PartHeader, PartKind
from core.evidence.sealing import SecretKey, open_part, seal
from core.ids import CommunityId, PartId
from core.testing.clock import START, FixedClock

HEADER = PartHeader(draft="d", part=PartId("p"), kind=PartKind.ANSWERS, community=CommunityId("c"))


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> KeyFolder:
    return KeyFolder(tmp_path / "data" / "keys", clock)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_keys_are_made_once_and_then_found_again(folder: KeyFolder) -> None:
    made, found = folder.desk(create=True), folder.desk(create=False)
    assert found.current == made.current
    assert found.reference.reveal() == made.reference.reveal()
    assert found.linking.reveal() == made.linking.reveal()
    road, again = folder.road(create=True), folder.road(create=False)
    assert (again.identity, again.webhook_secret) == (road.identity, road.webhook_secret)
    assert again.tag.reveal() == road.tag.reveal()


def test_no_key_is_the_same_as_another(folder: KeyFolder) -> None:
    desk, road = folder.desk(create=True), folder.road(create=True)
    assert desk.current != road.identity
    assert len({desk.reference.reveal(), desk.linking.reveal(), road.tag.reveal()}) == 3


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_read_whatever_the_umask_is(folder: KeyFolder, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder.desk(create=True)
        folder.road(create=True)
        folder.practice_recovery()
        folder.rotate_desk()
    finally:
        os.umask(before)
    assert mode(folder.path) == 0o700
    assert {mode(file) for file in folder.path.iterdir()} == {0o600}


def test_a_missing_key_is_not_made_in_silence(folder: KeyFolder) -> None:
    for ask in (folder.desk, folder.road):
        with pytest.raises(KeysMissing) as refused:
            ask(create=False)
        assert "lifebelt keys new" in str(refused.value)
    assert not folder.path.exists()


@pytest.mark.parametrize("wide", [0o644, 0o640, 0o604, 0o660, 0o602])
@pytest.mark.parametrize("name", [KeyName.DESK, KeyName.REFERENCE])
def test_a_key_that_others_could_read_is_refused_with_the_mend(
    folder: KeyFolder, wide: int, name: KeyName
) -> None:
    folder.desk(create=True)
    (folder.path / name).chmod(wide)
    with pytest.raises(KeysUnsafe) as refused:
        folder.desk(create=True)
    assert refused.value.mend == f"chmod 600 {folder.path / name}"
    subprocess.run(refused.value.mend.split(), check=True)
    assert folder.desk(create=False).current.public


@pytest.mark.parametrize("wide", [0o755, 0o750, 0o701, 0o777])
def test_a_folder_that_others_could_enter_is_refused_with_the_mend(folder: KeyFolder, wide: int) -> None:
    folder.path.mkdir(parents=True)
    folder.path.chmod(wide)
    with pytest.raises(KeysUnsafe) as refused:
        folder.desk(create=True)
    assert list(folder.path.iterdir()) == []
    subprocess.run(refused.value.mend.split(), check=True)
    assert folder.desk(create=True).current.public


def test_keys_of_another_account_are_refused(folder: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.desk(create=True)
    os.chown(folder.path / KeyName.DESK, 4321, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    with pytest.raises(KeysUnsafe) as refused:
        folder.desk(create=False)
    assert "chown 1234" in refused.value.mend


def test_many_who_ask_at_once_get_the_same_keys(folder: KeyFolder, clock: FixedClock) -> None:
    start = threading.Barrier(8)

    def ask() -> tuple[str, bytes]:
        start.wait()
        desk = KeyFolder(folder.path, clock).desk(create=True)
        return desk.current.public, desk.reference.reveal()

    with ThreadPoolExecutor(8) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
    assert len(set(answers)) == 1


def test_rotation_keeps_the_old_key_so_that_old_parts_still_open(folder: KeyFolder) -> None:
    old = folder.desk(create=True)
    sealed = seal(b"before", HEADER, [old.current.public])
    new = folder.rotate_desk()
    assert new.current != old.current
    assert new.retired == (old.current,)
    assert open_part(sealed, new.opening)[1] == b"before"
    assert open_part(sealed, folder.desk(create=False).opening)[1] == b"before"


def test_rotating_again_keeps_every_key_the_newest_first(folder: KeyFolder) -> None:
    wanted = [folder.desk(create=True).current, *(folder.rotate_desk().current for _ in range(11))]
    assert folder.desk(create=False).opening == tuple(reversed(wanted))


def test_rotation_leaves_the_keys_of_tags_alone(folder: KeyFolder) -> None:
    before, after = folder.desk(create=True), folder.rotate_desk()
    assert after.reference.tag("reference", "x") == before.reference.tag("reference", "x")
    assert after.linking.tag("account", "x") == before.linking.tag("account", "x")


def test_there_is_nothing_to_rotate_where_no_key_is(folder: KeyFolder) -> None:
    with pytest.raises(KeysMissing):
        folder.rotate_desk()


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_rotation_that_dies_half_way_loses_no_key(
    folder: KeyFolder, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    old = folder.desk(create=True).current
    written: list[Path] = []
    write = module._write_through

    def dies(file: Path, content: bytes) -> None:
        written.append(file)
        if len(written) == fails_at:
            write(file, content[: len(content) // 2])
            raise KeyboardInterrupt
        write(file, content)

    monkeypatch.setattr(module, "_write_through", dies)
    with pytest.raises(KeyboardInterrupt):
        folder.rotate_desk()
    monkeypatch.undo()
    assert folder.desk(create=False).current == old
    new = folder.rotate_desk()
    assert new.current != old
    assert old in new.retired


def test_a_full_disk_leaves_no_half_key(folder: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, content: bytes) -> None:
        file.write_bytes(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_through", full)
    with pytest.raises(KeysMissing) as refused:
        folder.desk(create=True)
    assert "No space left" in str(refused.value)
    assert [file.name for file in folder.path.iterdir()] == [".lock"]
    monkeypatch.undo()
    assert folder.desk(create=True).current.public


def test_a_place_where_no_folder_can_be_is_named(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeysMissing) as refused:
        KeyFolder(tmp_path / "file" / "keys", clock).desk(create=True)
    assert str(tmp_path / "file" / "keys") in str(refused.value)


@pytest.mark.parametrize(
    "content", ["", "nonsense", "AGE-SECRET-KEY-1NOTREALLY", "# only a comment\n", "\udcff"]
)
def test_a_key_file_that_holds_no_key_is_refused_and_kept(folder: KeyFolder, content: str) -> None:
    folder.desk(create=True)
    file = folder.path / KeyName.DESK
    file.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(KeysMissing):
        folder.desk(create=True)
    assert file.read_bytes() == content.encode(errors="surrogateescape")


@pytest.mark.parametrize("content", ["", "short", base64.b64encode(b"x" * 31).decode(), "é" * 44])
def test_a_tag_key_that_is_none_is_refused(folder: KeyFolder, content: str) -> None:
    folder.road(create=True)
    (folder.path / KeyName.ROAD_TAG).write_text(content)
    with pytest.raises(KeysMissing):
        folder.road(create=True)


def test_a_key_file_says_what_it_is_and_when_it_was_made(folder: KeyFolder) -> None:
    key = folder.desk(create=True).current
    assert (folder.path / KeyName.DESK).read_text().splitlines() == [
        "# the desk's key",
        "# created: 2026-03-04T05:06:07Z",
        f"# public key: {key.public}",
        key.reveal(),
    ]


def test_the_practice_recovery_key_opens_parts_and_says_what_it_is(folder: KeyFolder) -> None:
    public = folder.practice_recovery()
    assert folder.practice_recovery() == public
    text = (folder.path / KeyName.RECOVERY).read_text()
    assert text.startswith("# PRACTICE: the recovery key lies on the host itself.")
    key = SecretKey.parse(text.splitlines()[-1])
    assert open_part(seal(b"body", HEADER, [public]), [key])[1] == b"body"


def test_a_recovery_key_for_a_live_desk_is_stored_nowhere(folder: KeyFolder) -> None:
    folder.desk(create=True)
    recovery = new_recovery()
    assert not folder.holds_recovery
    assert all(recovery.reveal() not in file.read_text() for file in folder.path.iterdir())
    folder.practice_recovery()
    assert folder.holds_recovery


def test_the_listing_shows_every_key_and_no_secret(folder: KeyFolder) -> None:
    desk, road = folder.desk(create=True), folder.road(create=True)
    recovery, now = folder.practice_recovery(), folder.rotate_desk()
    listed = {line.what: line for line in folder.listing()}
    assert listed["desk"].public == now.current.public
    assert listed["desk-retired-0001"].public == desk.current.public
    assert listed["road"].public == road.identity.public
    assert listed["recovery"].public == recovery
    assert listed["desk"].since == "2026-03-04T05:06:07Z"
    assert set(listed) == {name.removesuffix(".key") for name in KeyName} | {"desk-retired-0001"}
    for secret in (now.current.reveal(), road.webhook_secret, desk.current.reveal()):
        assert secret not in str(folder.listing())
    for tag in (desk.reference, desk.linking, road.tag):
        assert base64.b64encode(tag.reveal()).decode() not in str(folder.listing())


def test_an_empty_folder_lists_nothing(folder: KeyFolder) -> None:
    assert folder.listing() == ()


def test_nothing_secret_shows_in_what_holds_the_keys(folder: KeyFolder) -> None:
    desk, road = folder.desk(create=True), folder.road(create=True)
    words = f"{desk!r} {desk} {road!r} {road} {desk.reference} {folder}"
    assert road.webhook_secret not in words
    assert "AGE-SECRET" not in words
    assert base64.b64encode(road.tag.reveal()).decode() not in words
    assert words.count("hidden") >= 5


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_tag_key_leaves_no_copy(leave: object) -> None:
    assert callable(leave)
    with pytest.raises(TypeError):
        leave(TagKey(b"k" * 32))


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
def test_a_tag_tells_purpose_and_text_apart(purpose: str, text: str, other: str, another: str) -> None:
    key = TagKey(b"k" * 32)
    same = (purpose, text) == (other, another)
    assert (key.tag(purpose, text) == key.tag(other, another)) is same


def test_a_purpose_and_a_text_do_not_run_into_each_other() -> None:
    key = TagKey(b"k" * 32)
    assert key.tag("ab", "c") != key.tag("a", "bc")
    assert key.tag("", "abc") != key.tag("abc", "")


def test_a_tag_of_text_that_no_encoding_carries_is_a_tag_all_the_same() -> None:
    assert len(TagKey(b"k" * 32).tag("account", "a\ud800")) == 64


def test_another_key_gives_another_tag() -> None:
    assert TagKey(b"a" * 32).tag("p", "t") != TagKey(b"b" * 32).tag("p", "t")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_tag_key_has_32_bytes(length: int) -> None:
    with pytest.raises(KeysMissing):
        TagKey(b"k" * length)


def test_a_new_webhook_secret_is_one() -> None:
    secret = new_webhook_secret()
    assert check_webhook_secret(f" {secret}\n") == secret
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


@pytest.mark.parametrize("length", [24, 64])
def test_the_shortest_and_the_longest_webhook_secret_are_taken(length: int) -> None:
    assert check_webhook_secret("whsec_" + base64.b64encode(b"x" * length).decode())


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "whsec_",
        base64.b64encode(b"x" * 32).decode(),
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_" + "?" * 40,
    ],
)
def test_what_is_no_webhook_secret_is_refused(wrong: str) -> None:
    with pytest.raises(KeysMissing):
        check_webhook_secret(wrong)


def test_keys_can_be_put_together_by_hand_for_tests(folder: KeyFolder) -> None:
    desk = folder.desk(create=True)
    assert replace(desk, retired=()).opening == (desk.current,)


@pytest.mark.skipif(not shutil.which("age"), reason="install the age tool: apt-get install age")
def test_the_age_tool_takes_a_key_file_as_it_is(folder: KeyFolder, tmp_path: Path) -> None:
    key = new_recovery()
    (tmp_path / "recovery.key").write_text(key_file(key, "recovery", START))
    sealed = seal(b"body", HEADER, [key.public])
    done = subprocess.run(
        ["age", "-d", "-i", str(tmp_path / "recovery.key")], input=sealed, capture_output=True, check=True
    )
    assert done.stdout.startswith(b"lifebelt-part 1 ")
