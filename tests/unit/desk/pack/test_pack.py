"""A pack holds what was told and who handled it, and nothing that is not to go; any change to it shows."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from core.errors import CannotOpen, InputRefused, KeysMissing
from core.evidence.keys import DeskKeys
from core.evidence.parts import PartKind
from core.evidence.sealing import SecretKey, lock_file, unlock_file, unlock_file_with
from core.evidence.signatures import new_signing_key
from core.reports.model import Answers
from core.testing.clock import FixedClock
from core.testing.deliveries import transcript
from desk.casework.model import NoteKind
from desk.casework.service import Casework
from desk.casework.writing import Bench
from desk.pack import archive, command
from desk.pack.archive import packed, records
from desk.pack.gathering import gather
from desk.pack.making import make as make_pack
from desk.pack.model import AnswersFile, Custody, Manifest, Signature, Transcripts
from desk.pack.passphrases import is_passphrase, new_passphrase
from desk.pack.service import Packing
from desk.pack.verifying import Finding, Verdict, verify
from desk.service import DeskService
from desk.tables import parts
from desk.talk.service import Conversation
from tests.desk_cases import CALM, URGENT, reported
from tests.desk_exports import Exporting
from tests.desk_roads import PRACTICE, ROAD, Make

NAMES = (
    "READ-ME.txt", "answers.json", "custody.json", "manifest.json", "manifest.sig", "schema.json",
    "statement.txt", "transcript.html", "transcript.json",
)  # fmt: skip
LISTED = tuple(name for name in NAMES if not name.startswith("manifest"))


def unzip(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as found:
        return {name: found.read(name) for name in found.namelist()}


@pytest.fixture
def public(keys: DeskKeys) -> str:
    return keys.signer.public


@pytest.fixture
async def pack(desk: DeskService, make: Make, exporting: Exporting) -> bytes:
    made = await reported(desk, make, **CALM)
    await desk.look(PRACTICE, made.id, by="Ann")
    return await exporting.pack(made.id)


def wrong(verdict: Verdict) -> set[tuple[Finding, str]]:
    good = {Finding.SIGNED, Finding.AS_SIGNED, Finding.AS_CAPTURED}
    return {(each.finding, each.what) for each in verdict.found if each.finding not in good}


async def test_a_pack_that_nobody_touched_is_whole(pack: bytes, public: str) -> None:
    verdict = verify(pack, public)
    assert verdict.whole
    assert {each.what for each in verdict.found if each.finding is Finding.AS_SIGNED} == set(LISTED)
    assert any(each.finding is Finding.AS_CAPTURED for each in verdict.found)


@pytest.mark.parametrize("name", LISTED)
async def test_a_changed_file_is_found(pack: bytes, public: str, name: str) -> None:
    files = unzip(pack)
    body = files[name]
    files[name] = body[:-2] + bytes([body[-2] ^ 1]) + body[-1:]
    assert (Finding.CHANGED, name) in wrong(verify(packed(files), public))


@pytest.mark.parametrize("name", LISTED)
async def test_a_missing_file_is_found(pack: bytes, public: str, name: str) -> None:
    files = unzip(pack)
    del files[name]
    assert wrong(verify(packed(files), public)) == {(Finding.MISSING, name)}


async def test_a_file_that_was_added_is_found(pack: bytes, public: str) -> None:
    files = unzip(pack) | {"more.txt": b"more"}
    assert wrong(verify(packed(files), public)) == {(Finding.ADDED, "more.txt")}


async def test_a_name_that_is_there_twice_is_found(pack: bytes, public: str) -> None:
    into = io.BytesIO(pack)
    with zipfile.ZipFile(into, "a") as found, pytest.warns(UserWarning, match="Duplicate"):
        found.writestr("statement.txt", "another")
    assert (Finding.TWICE, "statement.txt") in wrong(verify(into.getvalue(), public))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
@pytest.mark.parametrize("how", ["changed", "missing", "no such thing"])
async def test_what_the_desk_did_not_sign_is_found(pack: bytes, public: str, name: str, how: str) -> None:
    files = unzip(pack)
    if how == "missing":
        del files[name]
    else:
        other = files[name].replace(b'"v": 1', b'"v": 2') if how == "changed" else b"[" * 5_000
        files[name] = other if name == "manifest.json" or how != "changed" else _with_another_end(other)
    assert (Finding.NOT_SIGNED, "manifest.json") in wrong(verify(packed(files), public))


def _with_another_end(body: bytes) -> bytes:
    signature = msgspec.json.decode(body, type=Signature)
    turned = "0" if signature.signature[-1] != "0" else "1"
    return msgspec.json.encode(
        msgspec.structs.replace(signature, signature=signature.signature[:-1] + turned)
    )


async def test_a_pack_that_somebody_else_made_anew_is_found(pack: bytes, public: str) -> None:
    """Everything in it fits together; only the key is another."""
    files, key = unzip(pack), new_signing_key()
    files["statement.txt"] = b"another story"
    manifest = msgspec.json.decode(files["manifest.json"], type=Manifest)
    listed = records({name: files[name] for name in LISTED})
    files["manifest.json"] = msgspec.json.encode(msgspec.structs.replace(manifest, files=listed))
    signature = Signature(key=key.public, signature=key.sign(files["manifest.json"]))
    files["manifest.sig"] = msgspec.json.encode(signature)
    assert wrong(verify(packed(files), public)) == {(Finding.OTHER_KEY, "manifest.json")}


@pytest.mark.parametrize(
    "body", [b"", b"nothing", b"PK\x05\x06" + b"\0" * 10], ids=["empty", "text", "cut off"]
)
def test_what_is_no_archive_is_refused(body: bytes, public: str) -> None:
    with pytest.raises(InputRefused, match="not a pack"):
        verify(body, public)


def test_a_compressed_archive_is_refused_before_it_is_unpacked(public: str) -> None:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("manifest.json", b"0" * 1_000_000)
    with pytest.raises(InputRefused, match="compressed"):
        verify(into.getvalue(), public)


async def test_the_same_things_make_the_same_bytes(
    desk: DeskService, make: Make, exporting: Exporting, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    asked = await exporting.packing.read(made.id, await exporting.agreed(made.id), by="Ben")
    gathered = await desk.ledger.read(lambda conn: gather(conn, PRACTICE, made.id, [made.id]))
    one, other = (
        make_pack(asked, gathered, keys, exporting.pages, scope=PRACTICE, now=clock.now()) for _ in range(2)
    )
    assert one == other


def test_the_order_in_which_files_are_given_changes_no_byte() -> None:
    files = {"b.txt": b"2", "a.txt": b"1"}
    assert packed(files) == packed(dict(reversed(files.items())))


def test_more_than_a_pack_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1)
    with pytest.raises(InputRefused, match="at most"):
        packed({"a.txt": b"12"})


async def test_it_says_who_handled_it(
    desk: DeskService, make: Make, exporting: Exporting, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await desk.look(PRACTICE, made.id, by="Cal")
    custody = msgspec.json.decode(unzip(await exporting.pack(made.id))["custody.json"], type=Custody)
    assert [(line.who, line.action) for line in custody.lines] == [
        ("Cal", "looked"),
        ("Ann", "export_asked"),
        ("Ben", "export_agreed"),
        ("Ann", "export_opened"),
    ]
    assert [(each.item, each.road, each.digest) for each in custody.received] == [
        (made.id, ROAD, made.id * 2)
    ]


async def test_its_manifest_has_every_sealed_part_and_who_agreed(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, **CALM)
    manifest = msgspec.json.decode(unzip(await exporting.pack(made.id))["manifest.json"], type=Manifest)
    assert sorted(part.kind for part in manifest.parts) == ["answers", "identity", "reported"]
    assert (manifest.asked_by, manifest.agreed_by, manifest.name) == ("Ann", "Ben", "DC Jones")


async def test_the_conversation_is_in_it_word_for_word(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    said = transcript("look at https://evil.example/x", at=make().now)
    made = await reported(desk, make, said=said, **CALM)
    files = unzip(await exporting.pack(made.id))
    kept = msgspec.json.decode(files["transcript.json"], type=Transcripts)
    assert kept.reports[0].transcripts[0].transcript == said
    assert b"hxxps://evil[.]example/x" in files["transcript.html"]


async def test_what_the_desk_wrote_and_what_they_wrote_back_is_in_it(
    desk: DeskService, make: Make, exporting: Exporting, keys: DeskKeys
) -> None:
    made = await reported(desk, make, answers=Answers(team_may_know_name=True, contact=CONTACT))
    talk = Conversation(Bench(desk.ledger, desk.signals, desk.clock, keys, PRACTICE))
    await talk.write(made.id, "How are things now?", by="Ann", newest="/")
    reply = made.reply("worse <i>again</i>", at=desk.clock.now())
    await desk.receive(ROAD, reply, reply.item * 2)
    await desk.triage.run_once()
    files = unzip(await exporting.pack(made.id))
    kept = msgspec.json.decode(files["answers.json"], type=AnswersFile).reports[0]
    assert [message.text for message in kept.messages] == ["How are things now?"]
    assert [(each.reply, each.answers.contact) for each in kept.supplements] == [
        ("worse <i>again</i>", CONTACT)
    ]
    assert kept.named is not None
    page = files["transcript.html"].decode()
    assert "How are things now?" in page
    assert "worse &lt;i&gt;again" in page


async def test_the_page_runs_nothing_asks_for_nothing_and_escapes_everything(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    said = transcript("<img src=https://evil.example/x><script>alert(1)</script>", at=make().now)
    made = await reported(desk, make, said=said, **CALM)
    page = unzip(await exporting.pack(made.id, name="<b>DC</b>"))["transcript.html"].decode()
    assert "default-src 'none'" in page
    for sign in ("<script", "<img", "<b>DC", "<a ", "<link", "http://", "https://"):
        assert sign not in page


CONTACT = "ring aunt Sue"


@pytest.mark.parametrize("yes", [True, False, None])
async def test_who_reported_is_in_it_only_after_a_yes(
    desk: DeskService,
    make: Make,
    exporting: Exporting,
    yes: bool | None,
) -> None:
    answers = Answers(team_may_know_name=yes, contact=CONTACT)
    made = await reported(desk, make, answers=answers)
    files = unzip(await exporting.pack(made.id))
    kept = msgspec.json.decode(files["answers.json"], type=AnswersFile).reports[0]
    assert (kept.named is not None) == (yes is True)
    assert kept.contact_left_out == (yes is not True)
    for name in NAMES:
        assert (CONTACT.encode() in files[name]) <= (yes is True), name


async def test_what_they_answered_later_and_nobody_can_read_may_have_taken_the_yes_back(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, answers=Answers(team_may_know_name=True, contact=CONTACT))
    later = made.supplement(Answers(team_may_know_name=False))
    await desk.receive(ROAD, later, later.item * 2)
    await desk.triage.run_once()
    damaged = sa.update(parts).where(parts.c.kind == PartKind.SUPPLEMENT.value).values(sealed=b"damaged")
    await desk.ledger.transact(lambda conn: conn.execute(damaged).close())
    files = unzip(await exporting.pack(made.id))
    kept = msgspec.json.decode(files["answers.json"], type=AnswersFile).reports[0]
    assert (kept.named, kept.contact_left_out) == (None, True)


async def test_a_yes_that_was_taken_back_counts_no_more(
    desk: DeskService, make: Make, exporting: Exporting
) -> None:
    made = await reported(desk, make, answers=Answers(team_may_know_name=True, contact=CONTACT))
    later = made.supplement(Answers(team_may_know_name=False, contact=CONTACT))
    await desk.receive(ROAD, later, "d" * 64)
    files = unzip(await exporting.pack(made.id))
    kept = msgspec.json.decode(files["answers.json"], type=AnswersFile).reports[0]
    assert kept.named is None
    assert CONTACT.encode() not in b"".join(files.values())


async def test_neither_the_code_of_the_report_nor_notes_of_staff_are_in_it(
    desk: DeskService, make: Make, exporting: Exporting, work: Casework
) -> None:
    made = await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, "a note of staff", by="Ann")
    whole = b"".join(unzip(await exporting.pack(made.id, reason="for a warrant")).values())
    for secret in (made.reference, "a note of staff", "for a warrant"):
        assert secret.encode() not in whole


async def test_an_export_that_one_did_alone_says_so(
    desk: DeskService, make: Make, exporting: Exporting, police: SecretKey, public: str
) -> None:
    made = await reported(desk, make, **URGENT)
    which = await exporting.asked(made.id, alone=True)
    files = unzip(unlock_file(await exporting.taken(made.id, which), [police]))
    assert b"a danger to life" in files["statement.txt"]
    assert msgspec.json.decode(files["manifest.json"], type=Manifest).agreed_by == ""


async def test_a_passphrase_of_ours_locks_it_and_no_other(
    desk: DeskService, make: Make, exporting: Exporting, public: str
) -> None:
    made = await reported(desk, make, **CALM)
    which = await exporting.agreed(made.id, recipient="")
    with pytest.raises(InputRefused, match="export-passphrase"):
        await exporting.taken(made.id, which, passphrase="secret")
    passphrase = new_passphrase()
    locked = await exporting.taken(made.id, which, passphrase=passphrase)
    assert verify(unlock_file_with(locked, passphrase), public).whole


def test_each_passphrase_is_another_and_known_for_ours() -> None:
    made = {new_passphrase() for _ in range(100)}
    assert len(made) == 100
    assert all(map(is_passphrase, made))
    assert not is_passphrase(next(iter(made)).lower())


async def test_without_a_key_to_sign_with_nothing_is_asked_for(
    desk: DeskService, make: Make, clock: FixedClock, keys: DeskKeys, exporting: Exporting
) -> None:
    made = await reported(desk, make, **CALM)
    without = DeskKeys(current=keys.current, reference=keys.reference, linking=keys.linking)
    exporting.packing = Packing(desk.ledger, clock, without, PRACTICE)
    with pytest.raises(KeysMissing, match="keys new"):
        await exporting.asked(made.id)


# The command.

Write = Callable[[str, bytes | str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, body: bytes | str) -> Path:
        file = tmp_path / name
        file.write_bytes(body.encode() if isinstance(body, str) else body)
        return file

    return written


def test_the_command_opens_it_with_a_key_and_says_that_it_is_whole(
    pack: bytes, police: SecretKey, public: str, write: Write
) -> None:
    file = write("pack.age", lock_file(pack, police.public))
    identity = write("police.key", f"# theirs\n{police.reveal()}\n")
    found = command.verified(file, public, identity=identity, passphrase=None)
    said = "\n".join(command.lines(found))
    assert said.endswith("WHOLE: every file is the one that the desk signed, and none is missing or added.")


def test_the_command_says_in_capitals_what_is_wrong(pack: bytes, public: str, write: Write) -> None:
    files = unzip(pack) | {"\x1b[2Jmore": b""}
    del files["custody.json"]
    found = command.verified(write("pack.zip", packed(files)), public, identity=None, passphrase=None)
    said = list(command.lines(found))
    assert "MISSING                 custody.json" in said
    assert "ADDED                   ?[2Jmore" in said
    assert said[-1].startswith("NOT WHOLE")


def test_the_command_refuses_another_key_and_what_is_no_key(
    pack: bytes, police: SecretKey, public: str, write: Write
) -> None:
    file = write("pack.age", lock_file(pack, police.public))
    other = write("other.key", "# nothing\n")
    with pytest.raises(CannotOpen):
        command.verified(file, public, identity=other, passphrase=None)
    with pytest.raises(InputRefused, match="64 hexadecimal"):
        command.verified(file, "abc", identity=other, passphrase=None)
