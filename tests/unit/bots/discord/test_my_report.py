"""`/my-reports`: a code leads to what was done, and to nothing else; looking often is slowed, help is not."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import LedgerUnavailable
from core.reports.lookups import LookUps
from tests.discord_room import Park, code_on, labels_of, park, words_of

SEND = "Send to the safety team"
NOBODYS = "LB-0000-0000-0000-0"


async def looked_up(at: Park, code: str) -> Any:
    form = await at.alice.slash(at.channel, "my-reports")
    return await at.alice.submit_modal(form, {"reference": code} if code else {})


async def test_the_form_asks_for_the_code_and_fills_nothing_in(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        await at.press(await at.alice.slash(at.channel, "report"), SEND)
        form = (await at.alice.slash(at.channel, "my-reports")).modal
        assert form is not None
        (label,) = form["components"]
        assert label["label"] == "What is your code?"
        assert not label["component"].get("value")
        assert "LB-" not in str(label["component"])


async def test_a_code_tells_what_was_done(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        sent = await at.press(await at.alice.slash(at.channel, "report"), SEND)
        shown = await looked_up(at, code_on(sent))
        assert "Stored at" in words_of(shown)
        assert labels_of(shown) == ["Get help now", "Hide this"]
        assert shown.ephemeral


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("LB-0000-0000-0000-1", "One letter or number is not right"),
        ("hello\ud83d", "One letter or number is not right"),
        ("x" * 60, "One letter or number is not right"),
        ("", "Type your code first"),
        ("   ", "Type your code first"),
        (NOBODYS, "We do not know this code"),
    ],
)
async def test_what_is_no_code_of_ours_is_said_without_blame(tmp_path: Path, code: str, said: str) -> None:
    async with park(tmp_path) as at:
        shown = await looked_up(at, code)
        assert said in words_of(shown)
        assert "Get help now" in labels_of(shown)


async def test_looking_very_often_is_slowed_and_help_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with park(tmp_path) as at:
        few = LookUps(at.room.signals, bytes(32), at_most=2)
        monkeypatch.setattr(at.room.platform._presses._talk.my_report, "_look_ups", few)
        shown = await looked_up(at, NOBODYS)
        for _ in range(2):
            shown = await looked_up(at, NOBODYS)
        assert "You looked very often" in words_of(shown)
        assert "Call **999** now" in words_of(await at.press(shown, "Get help now"))
        assert "Yes, now" in labels_of(await at.alice.slash(at.channel, "report"))
        hers = await at.mo.submit_modal(await at.mo.slash(at.channel, "my-reports"), {"reference": NOBODYS})
        assert "We do not know this code" in words_of(hers)


async def test_with_the_ledger_gone_a_code_is_not_called_unknown(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        sent = await at.press(await at.alice.slash(at.channel, "report"), SEND)
        code = code_on(sent)
        at.room.ledger.fail_with(LedgerUnavailable("gone"))
        shown = await looked_up(at, code)
        assert "We do not know this code" not in words_of(shown)
        assert "We cannot ask the team just now" in words_of(shown)


async def test_where_it_is_practice_it_says_so(tmp_path: Path) -> None:
    async with park(tmp_path, desk="practice") as at:
        assert words_of(await looked_up(at, NOBODYS)).startswith("## Practice: nobody reads this")


async def test_help_on_it_does_not_say_that_nothing_was_sent(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await at.press(await looked_up(at, NOBODYS), "Get help now")
        assert "Call **999** now" in words_of(shown)
        assert "Not sent" not in words_of(shown)


async def test_it_can_be_hidden(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await looked_up(at, NOBODYS)
        await at.press(shown, "Hide this")
        assert shown.response is None


async def test_a_slip_in_the_code_is_no_dead_end(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        sent = await at.press(await at.alice.slash(at.channel, "report"), SEND)
        wrong = await looked_up(at, "LB-0000-0000-0000-1")
        form = await at.press(wrong, "Type it again")
        shown = await at.alice.submit_modal(form, {"reference": code_on(sent)})
        assert "Stored at" in words_of(shown)


async def test_from_a_code_no_way_leads_to_a_screen_that_calls_it_not_sent(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        sent = await at.press(await at.alice.slash(at.channel, "report"), SEND)
        helped = await at.press(await looked_up(at, code_on(sent)), "Get help now")
        talked = await at.press(helped, "Talk to someone")
        for shown in (helped, talked):
            assert "999" in words_of(shown)
            assert "Not sent yet" not in words_of(shown)
        begun = await at.press(await at.press(talked, "Back"), "Back")
        assert "Not sent yet" in words_of(begun)


async def test_a_screen_that_is_still_pressed_on_is_not_taken_away(tmp_path: Path) -> None:
    async with park(tmp_path) as at:
        shown = await looked_up(at, NOBODYS)
        for _ in range(3):
            await at.room.later(8 * 60)
            again = "Talk to someone" if "Talk to someone" in labels_of(shown) else "Get help now"
            shown = await at.press(shown, again)
            assert await at.room.emptied() == 0
        assert len(await at.room.open_screens()) == 1
