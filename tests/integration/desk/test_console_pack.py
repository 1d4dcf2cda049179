"""Two people export a case in their browsers, and somebody without a desk checks what they were given."""

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest

from core.evidence.sealing import new_key, unlock_file
from core.reports.model import Answers, Category, YesNo
from core.testing.clock import FixedClock
from core.testing.deliveries import MadeReport
from desk.pack.passphrases import is_passphrase
from desk.pack.verifying import verify
from desk.staff.model import Role
from tests.desk_room import Browser, DeskRoom, browser
from tests.program import command

WORDS = "he keeps writing to me and to my friends"
KEY = new_key()


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def which(page: str) -> dict[str, str]:
    found = re.search(r'name="export" value="([^"]*)"', page)
    assert found is not None
    return {"export": found[1]}


async def press(who: Browser, made: MadeReport, deed: str, **form: str) -> str:
    """Open the case and press: the page that comes of it."""
    page = await who.get(f"/case/{made.id}")
    known = which(page) if 'name="export"' in page else {}
    return await who.post(f"/case/{made.id}/export/{deed}", known | form)


async def take(who: Browser, made: MadeReport, **form: str) -> bytes:
    """The file itself."""
    known = which(await who.get(f"/case/{made.id}"))
    await who.post(f"/case/{made.id}/export/take", known | form)
    assert who.headers["Content-Disposition"].startswith('attachment; filename="lifebelt-pack-')
    return who.body


ASKED = {"purpose": "police", "name": "DC Jones, Northtown", "reason": "a warrant of today", "how": "two"}


async def test_one_asks_another_agrees_and_the_police_check_what_they_got(
    room: DeskRoom, ann: Browser, tmp_path: Path
) -> None:
    made = await room.report(answers=Answers(category=Category.BULLYING, own_words=WORDS))
    await room.person("Tom", Role.SPECIALIST)
    assert "Waits for a second person" in words(await press(ann, made, "ask", **ASKED, recipient=KEY.public))
    assert "A second person has to answer this." in words(await press(ann, made, "answer", answer="yes"))
    async with browser(room) as tom:
        await tom.sign_in("Tom")
        assert "One export waits for a second person." in words(await tom.get("/"))
        assert "A second person's yes" in words(await tom.get("/exports"))
        assert "a warrant of today" not in await tom.get(f"/case/{made.id}")
        assert "a warrant of today" in await press(tom, made, "read")
        await press(tom, made, "answer", answer="yes")
    locked = await take(ann, made)
    assert verify(unlock_file(locked, [KEY]), room.keys.signer.public).whole
    assert "It was taken already." in words(await press(ann, made, "take"))
    (tmp_path / "pack.age").write_bytes(locked)
    (tmp_path / "police.key").write_text(KEY.reveal())
    given = ("pack", "verify", str(tmp_path / "pack.age"), "--identity", str(tmp_path / "police.key"))
    code, said = await command(*given, "--key", room.keys.signer.public, data=tmp_path / "no-desk")
    assert (code, "WHOLE" in said, (tmp_path / "no-desk").exists()) == (0, True, False)


async def test_for_a_danger_to_life_nobody_waits_and_the_passphrase_is_shown_to_whoever_takes_it(
    room: DeskRoom, ann: Browser, clock: FixedClock
) -> None:
    made = await room.report(answers=Answers(danger=YesNo.YES, own_words=WORDS), urgent=True)
    await press(ann, made, "ask", **ASKED | {"how": "alone"})
    page = await press(ann, made, "read")
    (passphrase,) = re.findall(r'name="passphrase" value="([^"]*)"', page)
    assert is_passphrase(passphrase)
    assert passphrase in words(page)
    clock.advance(timedelta(hours=24, seconds=1))
    await ann.sign_in()
    assert "The time to review this is over." in words(await ann.get("/exports"))


async def test_what_is_no_danger_to_life_is_not_offered_alone(room: DeskRoom, ann: Browser) -> None:
    made = await room.report(answers=Answers(category=Category.BULLYING, own_words=WORDS))
    assert "take it now" not in await ann.get(f"/case/{made.id}")
    said = words(await press(ann, made, "ask", **ASKED | {"how": "alone"}))
    assert "Only a danger to life is exported by one person." in said


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"purpose": "nobody"}, "Choose what it is for."),
        ({"name": " "}, "Say whom it is for"),
        ({"recipient": "ssh-rsa AAAA"}, "That is no public age key."),
    ],
    ids=["purpose", "name", "key"],
)
async def test_a_form_that_is_wrong_says_what_is_wrong(
    room: DeskRoom, ann: Browser, form: dict[str, str], fault: str
) -> None:
    made = await room.report()
    assert fault in words(await press(ann, made, "ask", **ASKED | form))


async def test_an_export_of_no_case_is_not_there(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    await press(ann, made, "read", export="0" * 32)
    assert ann.status == 404
