"""The whole dialogue over HTTP, in plain forms, on the real road and a real ledger."""

from datetime import timedelta

import pytest
from aiohttp import ClientSession

from core.errors import LedgerUnavailable, LedgerUnknown
from core.ledger.road import drafts
from core.testing.ledger import WRITES
from tests.web_pages import CODE, Child, reference
from tests.web_room import House


async def own_words(home: House) -> str:
    return b"".join(body for _, body in await home.opened()).decode()


async def test_looking_stores_nothing(home: House, child: Child) -> None:
    await child.look()
    assert child.status == 200
    assert await home.count(drafts) == 0


async def test_two_presses_send_and_the_code_comes_only_then(home: House, child: Child) -> None:
    await child.look()
    assert "Not sent yet" in child.page.text
    assert not CODE.search(child.page.text)
    await child.press("send")
    assert reference(child)
    assert await home.reports() == 1
    assert await home.items() == 1


async def test_everything_that_is_told_arrives_sealed(home: House, child: Child) -> None:
    await child.look()
    await child.press("more", danger="not_sure", category="grooming", runs_place="no")
    await child.press("next", own_words="they keep asking me", about="northlight", who="me", age="10_12")
    await child.press("send", others_use_phone="no")
    assert reference(child)
    told = await own_words(home)
    for word in ("they keep asking me", "northlight", "grooming", "10_12", "not_sure"):
        assert word in told


async def test_a_repeated_send_shows_the_same_code_and_stores_once(home: House, child: Child) -> None:
    await child.look()
    form = child.page.hidden() | {"button": "send"}
    codes = {reference(await child.send("/report/park", **form)) for _ in range(3)}
    assert len(codes) == 1
    assert await home.reports() == 1


async def test_yes_now_sends_at_once_and_shows_whom_to_call(home: House, child: Child) -> None:
    await child.look()
    await child.press_now()
    assert child.page.all("a", href="tel:999")
    assert await home.reports() == 1


async def test_going_back_keeps_every_choice(child: Child) -> None:
    await child.look()
    await child.press("more", danger="no", category="bullying", runs_place="not_sure")
    await child.press("back", who="friend")
    assert child.page.chosen() == {
        "answer.danger": "no",
        "answer.category": "bullying",
        "answer.runs_place": "not_sure",
    }


async def test_what_was_written_is_never_shown_back(child: Child) -> None:
    await child.look()
    await child.press("more")
    await child.press("next", own_words="only for the team")
    await child.press("more")
    assert "only for the team" not in child.page.html
    assert "You wrote something" in child.page.text


async def test_more_can_be_told_after_sending(home: House, child: Child) -> None:
    await child.look()
    code = reference(await child.press("send"))
    await child.press("add")
    await child.press("next", own_words="one more thing")
    await child.press("send")
    assert reference(child) == code
    assert await home.items() == 2
    assert "one more thing" in await own_words(home)


async def test_hiding_gives_an_empty_page_and_loses_nothing(home: House, child: Child) -> None:
    await child.look()
    await child.press("more")
    key = child.page.hidden()["key"]
    await child.press("next", own_words="kept")
    await child.press("hide")
    assert child.page.text == "This page is empty This page is empty"
    await child.send("/report/park", key=key, screen="choices", button="send")
    assert "kept" in await own_words(home)


async def test_a_wrong_answer_leads_to_a_card_that_keeps_the_rest(child: Child) -> None:
    await child.look()
    await child.press("more", category="made_up", runs_place="no")
    await child.press("back")
    assert child.page.chosen() == {"answer.runs_place": "no"}


async def test_a_text_that_is_too_long_is_kept_from_its_beginning_and_that_is_said(
    home: House, child: Child
) -> None:
    await child.look()
    await child.press("more")
    await child.press("next", own_words="beginning " + "a" * 5000)
    assert "too long" in child.page.text
    await child.press("send")
    assert "beginning aaa" in await own_words(home)


async def test_a_form_without_a_key_that_we_gave_still_sends(home: House, child: Child) -> None:
    await child.send("/report/park", key="made up", screen="first", button="send")
    assert reference(child)
    assert await home.reports() == 1


async def test_two_children_never_share_a_draft(home: House, session: ClientSession) -> None:
    children = [await Child(session, home.url).look() for _ in range(2)]
    assert len({child.page.hidden()["key"] for child in children}) == 2


# When it cannot be stored.


async def test_with_a_full_disk_it_says_not_sent_with_a_number_and_a_link(home: House, child: Child) -> None:
    await child.look()
    home.ledger.fail_with(LedgerUnavailable("disk full"))
    await child.press("send", category="grooming")
    assert child.status == 200
    assert "not sent" in child.page.text.lower()
    assert not CODE.search(child.page.text)
    assert child.page.all("a", href="tel:999")
    assert [link for link in child.page.all("a") if link["href"].startswith("https://www.childline")]


async def test_try_again_brings_everything_that_was_typed(home: House, child: Child) -> None:
    await child.look()
    await child.press("more", category="sexual_extortion", runs_place="no")
    home.ledger.fail_with(LedgerUnavailable("gone"))
    await child.press("next", own_words="he wants money", about="someone", who="me")
    assert "he wants money" not in child.page.html
    assert "not sent yet" in child.page.text.lower()
    await child.press("try_again")
    await child.press("send")
    assert "not sent" in child.page.text.lower()
    home.ledger.fail_with(None)
    await child.press("try_again")
    assert reference(child)
    told = await own_words(home)
    for word in ("he wants money", "someone", "sexual_extortion"):
        assert word in told


async def test_what_is_added_after_sending_survives_a_ledger_that_is_gone(home: House, child: Child) -> None:
    await child.look()
    code = reference(await child.press("send", category="meeting"))
    await child.press("add")
    home.ledger.fail_with(LedgerUnavailable("gone"))
    await child.press("next", own_words="he is here now")
    home.ledger.fail_with(None)
    await child.press("try_again")
    assert "What you added is not sent yet" in child.page.text
    for button in ("add", "next", "send"):
        await child.press(button)
    assert reference(child) == code
    assert await home.items() == 2
    assert "he is here now" in await own_words(home)


async def test_with_the_ledger_gone_from_the_start_nothing_typed_is_lost_over_many_screens(
    home: House, child: Child
) -> None:
    home.ledger.fail_with(LedgerUnavailable("not open"))
    await child.look()
    await child.press("send", category="self_harm")
    for button in ("talk", "back", "try_again", "try_again"):
        if button in child.page.buttons():
            await child.press(button)
    home.ledger.fail_with(None)
    await child.press("try_again")
    assert reference(child)
    assert "self_harm" in await own_words(home)


async def test_a_slow_ledger_says_still_storing_and_then_sent(home: House, child: Child) -> None:
    await child.look()
    home.hold()
    await child.press("send")
    assert "still storing" in child.page.text.lower()
    assert not CODE.search(child.page.text)
    home.release()
    await child.press("check")
    assert reference(child)
    assert await home.reports() == 1


async def test_after_yes_now_a_slow_ledger_is_looked_after_from_the_help_card(
    home: House, child: Child
) -> None:
    await child.look()
    home.hold()
    await child.press_now()
    assert "still storing" in child.page.text
    assert "Press Look again" in child.page.text
    assert child.page.all("form", id="dialogue", **{"data-outcome": "storing"})
    assert "data-looks" in child.page.all("form", id="dialogue")[0]
    home.release()
    await child.press("check")
    assert "The team has it, marked urgent" in child.page.text
    assert child.page.all("a", href="tel:999")
    assert reference(child)
    assert "data-looks" not in child.page.all("form", id="dialogue")[0]


async def test_after_yes_now_a_refusal_is_said_on_the_help_card_with_try_again(
    home: House, child: Child
) -> None:
    await child.look()
    home.hold()
    await child.press_now()
    home.ledger.fail_with(LedgerUnavailable("locked"), on=WRITES)
    home.release()
    await child.press("check")
    assert "Not sent. We could not store it." in child.page.text
    assert "still storing" not in child.page.text
    home.ledger.fail_with(None)
    await child.press("try_again")
    assert "The team has it, marked urgent" in child.page.text
    assert await home.reports() == 1


async def test_every_card_looks_again_by_itself_until_it_is_known_and_no_form_does(
    home: House, child: Child
) -> None:
    def looks() -> bool:
        return "data-looks" in child.page.all("form", id="dialogue")[0]

    await child.look()
    assert not looks()
    await child.press("send")
    await child.press("add")
    await child.press("next", own_words="one more thing")
    home.hold()
    await child.press("send")
    assert looks()
    await child.press("talk")
    assert looks()
    await child.press("country")
    assert looks()
    home.release()


async def test_an_answer_that_got_lost_is_called_not_known_and_found_again(home: House, child: Child) -> None:
    await child.look()
    home.ledger.lose_after_commit()
    await child.press("send")
    assert "don't know yet" in child.page.text
    home.ledger.lose_after_commit(losing=False)
    await child.press("check")
    assert reference(child)
    assert await home.reports() == 1


async def test_a_ledger_that_is_lost_while_writing_never_says_sent(home: House, child: Child) -> None:
    await child.look()
    home.ledger.fail_with(LedgerUnknown("lost"))
    await child.press("send")
    assert "It's sent" not in child.page.text
    assert not CODE.search(child.page.text)


# A community without a desk.


async def test_without_a_desk_nothing_is_stored_and_a_sheet_is_given(
    home: House, session: ClientSession
) -> None:
    child = await Child(session, home.url, "alone").look()
    assert "There is no safety team here" in child.page.text
    await child.press("resume", category="bullying")
    assert "Small club" in child.page.text
    await child.press("advice")
    await child.press("back")
    assert child.page.chosen() == {"answer.category": "bullying"}
    assert await home.count(drafts) == 0
    assert await home.reports() == 0


# What becomes of it.


async def test_the_open_screen_says_when_it_was_read(home: House, child: Child) -> None:
    await child.look()
    await child.press("send")
    form = child.page.hidden()
    assert "Not opened yet" in child.page.text
    await home.mark(delivered_at=home.clock.now(), read_at=home.clock.now() + timedelta(minutes=2))
    await child.send("/report/park/told", **form)
    assert "Read at 12:02 UTC" in child.page.text
    assert "<html" not in child.page.html


async def test_an_urgent_report_unopened_for_five_minutes_says_call_now(home: House, child: Child) -> None:
    await child.look()
    await child.press_now()
    assert child.page.all("form", **{"data-polls": "/report/park/told"})
    form = child.page.hidden()
    await child.send("/report/park/told", **form)
    assert "Nobody has opened this yet" not in child.page.text
    home.clock.advance(timedelta(minutes=5))
    await child.send("/report/park/told", **form)
    assert "Nobody has opened this yet. Please call now." in child.page.text
    assert child.page.all("a", href="tel:999")


async def test_without_script_a_press_looks_again(home: House, child: Child) -> None:
    await child.look()
    await child.press("send")
    await home.mark(read_at=home.clock.now())
    await child.press("refresh")
    assert "Read at 12:00 UTC" in child.page.text


async def test_the_screen_is_shown_even_when_nobody_can_say_what_became_of_it(
    home: House, child: Child
) -> None:
    await child.look()
    await child.press("send")
    home.ledger.fail_with(LedgerUnavailable("gone"))
    await child.press("talk")
    assert child.status == 200
    assert child.page.all("a", href="tel:08001111")


@pytest.mark.parametrize("path", ["/report/nope", "/report/chat", "/report/park%0d%0aX", "/nothing/at/all"])
async def test_an_unknown_place_is_a_kind_page_with_help(child: Child, path: str) -> None:
    await child.look(path)
    assert child.status == 404
    assert "You can still get help" in child.page.text
    assert [link for link in child.page.all("a") if "childhelplineinternational" in link["href"]]
    assert child.page.all("a", href="/help")
