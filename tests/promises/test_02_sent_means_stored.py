"""Promise 2. Nobody is told a report was sent before it is committed to disk; until then: "Not sent yet"."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bots.web.outbound import Pages
from core.ledger.road import reports
from core.ledger.schema import ROAD
from desk.tables import deliveries
from tests.everything_down import (
    CLAIMED,
    STORED,
    Claim,
    all_written,
    claims,
    down,
    each_combination,
    each_ledger,
    gives_help,
    handed_over,
    has_code,
    says,
)
from tests.faults import DeskFault, LedgerFault, NewsFault
from tests.program import ANSWERS, Browser, Program, running, until_there
from tests.web_pages import Child, reference

NOT_YET = "not sent yet"


async def test_until_it_is_sent_every_screen_says_so_and_then_it_lies_in_the_ledger(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    more = await browser.press(first, "more")
    choices = await browser.press(more, "next", own_words="he wants to meet")
    for page in (first, more, choices):
        assert NOT_YET in page.words.lower(), page.screen
    assert await up.rows(ROAD, reports) == []
    sent = await browser.press(choices, "send", **ANSWERS)
    assert sent.reference is not None
    assert NOT_YET not in sent.words.lower()
    assert len(await up.rows(ROAD, reports)) == 1


async def test_with_a_full_disk_it_never_says_sent_and_goes_on_when_there_is_room(
    up: Program, browser: Browser
) -> None:
    up.signal(signal.SIGUSR1)
    first = await browser.get()
    refused = await browser.press(first, "send", **ANSWERS)
    assert refused.screen in {"not_sent", "not_known"}
    assert "sent yet" in refused.words or "know yet" in refused.words or "not sent" in refused.words
    assert refused.reference is None
    assert "999" in refused.words
    assert await up.rows(ROAD, reports) == []
    up.signal(signal.SIGUSR2)
    if refused.screen == "not_known":
        refused = await browser.press(refused, "check")
    again = await browser.press(refused, "try_again")
    assert again.reference is not None
    assert len(await up.rows(ROAD, reports)) == 1


HOLD = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
conn.execute("ROLLBACK")
conn.close()
"""


@asynccontextmanager
async def held(database: Path) -> AsyncIterator[None]:
    """Another program holds the database, as a backup or a curious administrator may."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLD,
        str(database),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert await holder.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        holder.stdin.close()
        await holder.wait()


async def test_while_the_disk_does_not_answer_it_is_still_storing_and_then_sent_once(
    up: Program, browser: Browser
) -> None:
    first = await browser.get()
    async with held(up.data / "road.sqlite"):
        waiting = await browser.press(first, "send", **ANSWERS)
        assert waiting.screen == "storing"
        assert NOT_YET in waiting.words.lower()
        assert waiting.reference is None
        assert "999" in waiting.words
    sent = await browser.press(waiting, "check")
    assert sent.reference is not None
    assert len(await up.rows(ROAD, reports)) == 1


async def test_with_no_ledger_at_all_it_says_not_sent_and_nothing_typed_is_lost(
    program: Program, browser: Browser
) -> None:
    program.environ = {"ROAD_DATABASE_URL": "sqlite:////proc/nowhere/road.sqlite"}
    async with running(program, ready=False):
        refused = await browser.send(danger="not_sure")
        assert "not sent" in refused.words
        assert refused.reference is None
    program.environ = {}
    async with running(program):
        again = await browser.press(refused, "try_again")
        assert again.reference is not None
        (report,) = await until_there(program, ROAD, reports)
        assert report.urgent in {True, False}


async def test_killed_between_the_commit_and_the_answer_it_is_found_when_asked_again(
    program: Program, browser: Browser
) -> None:
    async with running(program):
        first = await browser.get()
    async with running(program, "commit"):
        with pytest.raises(aiohttp.ClientError):
            await browser.press(first, "send", **ANSWERS)
        await program.ended()
    async with running(program):
        again = await browser.press(first, "send", **ANSWERS)
        assert again.reference is not None
        assert len(await program.rows(ROAD, reports)) == 1


# Everything behind the pages down or slow, in each combination: what is claimed is so.

OF_WHAT_WAS_ADDED = {
    Claim.SENT: {Claim.SENT_TOO},
    Claim.NOT_YET: {Claim.ADDED_NOT_YET},
    Claim.NOT_SENT: {Claim.ADDED_NOT_SENT},
    Claim.NOT_KNOWN: {Claim.ADDED_NOT_KNOWN},
}


def shows(child: Child, claim: Claim) -> bool:
    """Exactly this claim, and a code only with what is sent."""
    assert child.status == 200
    assert gives_help(child.page)
    return claims(child.page) == {claim} and has_code(child.page) == (claim is Claim.SENT)


async def settled(child: Child) -> Child:
    """Pressed on as the screens say, until nothing more is to be found out or tried."""
    for _ in range(3):
        if "check" in child.page.buttons():
            await child.press("check")
        if "try_again" in child.page.buttons():
            await child.press("try_again")
    return child


@each_combination
async def test_whatever_is_down_or_slow_sent_is_said_of_what_is_stored_and_of_nothing_else(
    tmp_path: Path, ledger: LedgerFault, desk: DeskFault, news: NewsFault
) -> None:
    claim, stored = CLAIMED[ledger], STORED.get(ledger, 0)
    async with down(tmp_path, ledger, desk, news) as cell:
        calm, in_danger = await cell.child().look(), await cell.child().look()
        cell.fail()
        await calm.press("send", category="grooming")
        assert shows(calm, claim)
        assert await cell.stored() == stored
        await in_danger.press_now()
        assert shows(in_danger, claim)
        assert await cell.stored() == 2 * stored
        cell.mend()
        await settled(calm)
        await settled(in_danger)
        assert shows(calm, Claim.SENT)
        assert shows(in_danger, Claim.SENT)
        assert await cell.stored() == 2
        await cell.all_delivered(2)
        assert len(await cell.behind.rows(deliveries)) == 2


@each_ledger
async def test_whatever_the_ledger_does_not_sent_is_never_said_of_what_gets_there_by_itself(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with down(tmp_path, ledger) as cell:
        child = await cell.child().look()
        cell.fail()
        await child.press("send", category="grooming")
        said = claims(child.page)
        cell.mend()
        await all_written(cell.home)
        assert (Claim.NOT_SENT in said) <= (await cell.stored() == 0)
        assert (Claim.SENT in said) <= (await cell.stored() == 1)


@pytest.mark.parametrize("ledger", LedgerFault)
async def test_whatever_the_ledger_does_what_is_added_is_called_sent_only_when_it_is(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with down(tmp_path, ledger) as cell:
        child = await cell.child().look()
        await child.press("send", category="grooming")
        await child.press("add")
        await child.press("next", own_words="he knows my school")
        before = await cell.items()
        cell.fail()
        await child.press("send")
        assert claims(child.page) - {Claim.SENT} == OF_WHAT_WAS_ADDED[CLAIMED[ledger]]
        assert await cell.items() - before == STORED.get(ledger, 0)
        cell.mend()
        await settled(child)
        assert await cell.items() - before == 1
        assert has_code(child.page)


@each_ledger
async def test_whatever_the_ledger_does_a_message_is_called_kept_only_when_it_is(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with down(tmp_path, ledger) as cell:
        child = await cell.child().look()
        cell.fail()
        await child.hand_over(handed_over(child.page.hidden()["key"]))
        kept = "data-stored" in child.page.html and 'data-stored="yes"' in child.page.html
        assert kept == (ledger is LedgerFault.FINE)
        assert kept <= (await cell.parts() == 1)
        assert Claim.SENT not in claims(child.page)


@each_ledger
async def test_whatever_the_ledger_does_a_code_is_never_called_unknown_that_we_gave(
    tmp_path: Path, ledger: LedgerFault
) -> None:
    async with down(tmp_path, ledger) as cell:
        child = await cell.child().look()
        code = reference(await child.press("send"))
        cell.fail()
        await child.send("/my-report", reference=code)
        assert child.status == 200
        unreadable = ledger in {LedgerFault.STUCK, LedgerFault.GONE}
        assert says(child.page, "told-not-asked") == unreadable
        assert says(child.page, "told-stored") == (not unreadable)
        assert not says(child.page, "told-unknown")


async def test_a_page_that_breaks_after_the_commit_does_not_call_it_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with down(tmp_path, LedgerFault.FINE) as cell:
        child = await cell.child().look()

        def breaks(*_given: object) -> str:
            raise RuntimeError("a template that is not there")

        monkeypatch.setattr(Pages, "screen", breaks)
        await child.send("/report/park", **child.page.hidden(), button="send")
        assert child.status == 500
        assert await cell.stored() == 1
        assert "not be sent yet" in child.page.text
        assert not claims(child.page)
