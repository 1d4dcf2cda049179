"""An open screen says what is so now: "Still storing" becomes what came of it, and news is shown."""

from pathlib import Path
from typing import Any

import pytest

from bots.discord.answering import Door
from core.chat.following import Followed, Follower
from core.errors import LedgerUnavailable
from core.evidence.drafts import draft_id
from core.reports.road import Limits
from tests.discord_room import Park, code_on, park, words_of

SEND = "Send to the safety team"
IMPATIENT = Limits(press=0, send=0)
"""Nothing is waited for, so that each write is still under way when the screen is shown."""


def edits(at: Park) -> list[Any]:
    """Every change of a screen that was not the answer to a press."""
    return [request.json for request in at.env.http_requests if request.method == "PATCH"]


def answers(at: Park) -> list[str]:
    """Everything that a press was answered with."""
    return [str(request.json) for request in at.env.http_requests if request.path.endswith("/callback")]


async def sent(at: Park) -> Any:
    return await at.press(await at.alice.slash(at.channel, "report"), SEND)


async def urgent(at: Park) -> Any:
    return await at.press(await at.alice.slash(at.channel, "report"), "Yes, now")


async def test_what_was_not_known_yet_becomes_sent_by_itself(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        at.room.ledger.lose_after_commit()
        shown = await at.press(first, SEND)
        assert "## Sent" not in answers(at)[-1]
        assert "LB-" not in answers(at)[-1]
        assert "999" in answers(at)[-1]
        at.room.ledger.lose_after_commit(losing=False)
        assert code_on(shown)
        assert "## Sent" in words_of(shown)
        assert len(await at.room.reports()) == 1


async def test_what_is_being_stored_becomes_not_sent_where_the_ledger_refuses(tmp_path: Path) -> None:
    async with park(tmp_path, limits=IMPATIENT) as at:
        first = await at.alice.slash(at.channel, "report")
        at.room.ledger.fail_with(LedgerUnavailable("full"), on=("append",))
        shown = await at.press(first, SEND)
        assert "Your report is not sent" in words_of(shown)
        at.room.ledger.fail_with(None)
        again = await at.press(shown, "Try again")
        assert code_on(again)
        assert len(await at.room.reports()) == 1


async def test_yes_now_says_that_the_team_has_it_only_once_it_does(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        first = await at.alice.slash(at.channel, "report")
        at.room.ledger.lose_after_commit()
        shown = await at.press(first, "Yes, now")
        assert "The team has it" not in answers(at)[-1]
        assert "999" in answers(at)[-1]
        assert "The team has it" in words_of(shown)


async def test_what_was_opened_is_told_with_its_time(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await urgent(at)
        assert "Not opened yet" in words_of(shown)
        now = at.room.clock.now()
        await at.room.mark(delivered_at=now, read_at=now)
        await at.room.later(16)
        assert f"Read at <t:{int(now.timestamp())}:t>" in words_of(shown)
        assert "Not opened yet" not in words_of(shown)


async def test_after_five_minutes_unopened_the_numbers_stand_above_all_else(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await urgent(at)
        await at.room.later(299)
        assert "Nobody has opened this yet" not in words_of(shown)
        await at.room.later(16)
        assert words_of(shown).startswith("## Nobody has opened this yet. Please call now.\n")
        assert "999" in words_of(shown)


async def test_nothing_is_changed_while_nothing_happens(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await sent(at)
        before = len(edits(at))
        await at.room.later(60)
        await at.room.later(60)
        assert len(edits(at)) == before


async def test_a_press_takes_over_and_no_news_overwrites_what_it_led_to(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await urgent(at)
        advice = await at.press(await at.press(shown, "Back"), "What to do now")
        before = words_of(advice)
        await at.room.mark(read_at=at.room.clock.now())
        await at.room.later(16)
        await at.room.later(400)
        assert words_of(advice) == before


async def test_a_screen_that_nobody_can_change_any_more_is_let_go(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await urgent(at)
        at.env.inject_error("PATCH", "/webhooks/*", status=404, code=10008, times=None)
        await at.room.mark(read_at=at.room.clock.now())
        await at.room.later(16)
        tried = len(edits(at))
        await at.room.mark(delivered_at=at.room.clock.now())
        await at.room.later(60)
        assert len(edits(at)) == tried


async def test_a_screen_is_followed_no_longer_than_it_stands(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await urgent(at)
        await at.room.later(12 * 60 + 16)
        before = len(edits(at))
        await at.room.mark(read_at=at.room.clock.now())
        await at.room.later(60)
        assert len(edits(at)) == before


async def test_after_hide_this_nothing_comes_back(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await urgent(at)
        await at.press(shown, "Hide this")
        before = len(edits(at))
        await at.room.mark(read_at=at.room.clock.now())
        await at.room.later(400)
        assert shown.response is None
        assert len(edits(at)) == before


async def test_stopping_lets_go_of_every_screen(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await urgent(at)
        at.room.platform._follower.end()
        await at.room.mark(read_at=at.room.clock.now())
        await at.room.later(60)
        assert "Read at" not in words_of(shown)


async def test_only_a_screen_that_may_change_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    follow = Follower.follow

    def seen(self: Follower[Door], one: Followed[Door], begin: Any) -> None:
        before = set(self._tasks)
        follow(self, one, begin)
        if draft_id(one.shown.key) in set(self._tasks) - before:
            begun.append(one.shown.screen.id)

    monkeypatch.setattr(Follower, "follow", seen)
    async with park(tmp_path) as at:
        first = await at.reported()
        await at.press(first, "Get help now")
        assert begun == []
        await sent(at)
        assert begun == ["sent"]


async def test_a_form_that_is_opened_and_left_does_not_stop_the_warning(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await urgent(at)
        await at.press(shown, "Tell more")
        await at.room.later(6 * 60)
        assert "Nobody has opened this yet" in words_of(shown)
