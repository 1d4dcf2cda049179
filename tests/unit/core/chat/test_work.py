"""What is under way has an owner who ends it, and whatever breaks in it takes nothing else along."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.chat import work
from core.chat.work import Work
from tests.unit.core.chat.jumping_loop import jumping, now

SECRET = "SECRETWORD"


async def broken() -> Any:
    raise RuntimeError(SECRET)


async def forever() -> None:
    await asyncio.Event().wait()


def lived(main: Coroutine[Any, Any, Any]) -> tuple[Any, list[Any]]:
    """What came of it, on a loop that does not wait; and what was logged."""
    with capture_logs() as logged:
        return jumping(main), list(logged)


def test_a_press_is_done_and_what_stands_instead_is_not() -> None:
    async def main() -> object:
        async def answer() -> str:
            return "answer"

        return await Work("chat").handle(answer(), broken)

    assert lived(main()) == ("answer", [])


def test_a_press_that_breaks_is_answered_by_what_stands_instead_and_no_word_of_it_is_logged() -> None:
    async def main() -> object:
        async def instead() -> str:
            return "help"

        return await Work("chat").handle(broken(), instead)

    came, logged = lived(main())
    assert came == "help"
    assert [(each["event"], each["error"]) for each in logged] == [("press_failed", "RuntimeError")]
    assert SECRET not in str(logged)


def test_where_both_break_nothing_is_raised() -> None:
    came, logged = lived(Work("chat").handle(broken(), broken))
    assert came is None
    assert [each["event"] for each in logged] == ["press_failed", "help_failed"]
    assert SECRET not in str(logged)


def test_being_stopped_is_no_press_that_broke() -> None:
    async def main() -> None:
        press = asyncio.ensure_future(Work("chat").handle(forever(), broken))
        await asyncio.sleep(0)
        press.cancel()
        await press

    with pytest.raises(asyncio.CancelledError):
        jumping(main())


def test_a_task_that_breaks_takes_no_other_along() -> None:
    async def main() -> list[str]:
        at_work, done = Work("chat"), list[str]()
        await at_work.open()

        async def slow() -> None:
            await asyncio.sleep(1)
            done.append("slow")

        at_work.begin(slow())
        at_work.begin(broken())
        await at_work.close()
        return done

    done, logged = lived(main())
    assert done == ["slow"]
    assert [(each["event"], each["platform"], each["error"]) for each in logged] == [
        ("task_failed", "chat", "RuntimeError")
    ]
    assert SECRET not in str(logged)


def test_closing_waits_for_what_is_short_and_ends_what_is_not() -> None:
    async def main() -> tuple[float, bool]:
        at_work = Work("chat")
        await at_work.open()
        task = at_work.begin(forever())
        await at_work.close()
        return now(), task.cancelled()

    (at, cancelled), _ = lived(main())
    assert at == pytest.approx(work.LAST_S)
    assert cancelled


def test_what_ended_before_it_began_is_no_error() -> None:
    async def main() -> None:
        at_work = Work("chat")
        await at_work.open()
        at_work.begin(broken()).cancel()
        await at_work.close()

    assert lived(main())[1] == []


def test_stopping_waits_for_every_press_that_was_begun() -> None:
    async def main() -> float:
        at_work = Work("chat")

        async def press(seconds: float) -> None:
            await asyncio.sleep(seconds)

        presses = [asyncio.ensure_future(at_work.handle(press(each), broken)) for each in (1, 3, 2)]
        await asyncio.sleep(0)
        await at_work.answered()
        assert all(each.done() for each in presses)
        await at_work.idle()
        return now()

    assert lived(main()) == (pytest.approx(3.0), [])


def test_stopping_does_not_wait_for_ever_and_says_how_many_it_left() -> None:
    async def main() -> float:
        at_work = Work("chat")
        presses = [asyncio.ensure_future(at_work.handle(forever(), broken)) for _ in range(2)]
        await asyncio.sleep(0)
        await at_work.answered()
        at = now()
        for each in presses:
            each.cancel()
        await asyncio.wait(presses)
        return at

    at, logged = lived(main())
    assert at == pytest.approx(work.ENDING_S)
    assert [(each["event"], each["count"]) for each in logged] == [("presses_unanswered", 2)]


def test_who_is_idle_is_not_waited_for() -> None:
    async def main() -> float:
        await Work("chat").answered()
        await Work("chat").idle()
        return now()

    assert lived(main()) == (0.0, [])
