"""Several processes of one app on Discord: shards go from one to another, each press is answered once."""

import asyncio
from pathlib import Path

from core.errors import LedgerUnavailable
from tests.discord_several import APART_S, LASTS, several


async def test_a_press_while_one_process_follows_another_is_answered_once(tmp_path: Path) -> None:
    async with several(tmp_path) as here:
        old = await here.start()
        await here.served(0)
        new = await here.start()
        await here.seated(2)
        stopping = asyncio.ensure_future(old.stop())
        await here.discord.until(lambda: len(here.discord.serving(0)) == 2)
        child = here.child()
        await child.report()
        assert child.answered
        await child.press("help")
        assert child.answered
        await stopping
        assert new.platform.ready
        interactions = [interaction for _, interaction in here.answered]
        assert len(interactions) == len(set(interactions)) == 2
        await child.press("hide")
        assert child.answered
        assert here.answered[-1][0] == "p1"
        assert here.discord.violations == []


async def test_a_planned_restart_misses_no_press(tmp_path: Path) -> None:
    async with several(tmp_path) as here:
        old = await here.start()
        await here.served(0)
        await here.start()
        await here.seated(2)
        stopping = asyncio.ensure_future(old.stop())
        pressed = 0
        while not stopping.done():
            child = here.child(name=f"child {pressed}")
            await child.report()
            assert child.answered
            pressed += 1
        await stopping
        assert pressed
        assert len(here.discord.serving(0)) == 1


async def test_what_a_killed_process_served_is_taken_over_and_the_seconds_are_counted(
    tmp_path: Path,
) -> None:
    async with several(tmp_path) as here:
        first = await here.start()
        await here.served(0)
        second = await here.start()
        await here.seated(2)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await first.kill()
        await here.discord.until(lambda: not here.discord.serving(0))
        assert not second.platform.ready
        await here.discord.until(lambda: bool(here.discord.serving(0)))
        child = here.child()
        await child.report()
        assert child.answered
        took = loop.time() - begun
        print(f"a press is answered {took:.1f} s after the kill, where a lease lasts {LASTS.seconds} s")
        assert took < LASTS.total_seconds() + 2 * APART_S + 2
        assert here.discord.violations == []


async def test_shards_are_shared_out_and_each_answers_its_own_servers(tmp_path: Path) -> None:
    async with several(tmp_path, shards=8) as here:
        here.discord.at_once = 4
        processes = [await here.start(), await here.start()]
        await here.served(*range(8), ready=2)
        assert [len(each.platform._shards.held) for each in processes if each.platform._shards] == [1, 1]
        for shard in range(8):
            child = here.child(shard)
            await child.report()
            assert child.answered
        assert {name for name, _ in here.answered} == {"p0", "p1"}
        assert here.discord.violations == []
        assert all(len(here.discord.serving(shard)) == 1 for shard in range(8))


async def test_with_the_ledger_gone_for_all_help_is_still_given(tmp_path: Path) -> None:
    async with several(tmp_path) as here:
        processes = [await here.start(), await here.start()]
        await here.served(0)
        for process in processes:
            process.ledger.fail_with(LedgerUnavailable("gone"))
        await asyncio.sleep(LASTS.total_seconds() * 1.5)
        child = here.child()
        await child.report()
        await child.press("help")
        assert child.gives_help
        for process in processes:
            process.ledger.fail_with(None)
        assert len(here.discord.serving(0)) == 1
