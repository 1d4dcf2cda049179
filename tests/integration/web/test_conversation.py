"""My report on the web, without script: what the desk wrote is read, answered, and never lost on the way."""

import html

import msgspec
import pytest

from core.delivery.model import Fault
from core.delivery.wire import AnswerTo, MessageTold, StatusTold
from core.errors import DestinationDown, LedgerUnavailable
from core.ids import CommunityId, DeskName, ReportId
from core.ledger.road import answers
from core.reports.conversation import Times
from core.reports.lookups import AT_MOST
from core.reports.model import Standing
from core.testing.ledger import WRITES
from tests.web_pages import Child, reference
from tests.web_room import NOON, House

TEXT = "kanarienvogel knows where I live"
ODD = 'We read it. <b>Are</b> you & "yours" safe?\n\nhttps://evil.example @everyone'
DOWN = DestinationDown(Fault.UNREACHABLE)


async def sent(home: House, child: Child, *texts: str) -> str:
    """A report that arrived, and whose desk wrote these; its code."""
    await child.look()
    await child.press("send")
    code = reference(child)
    await home.mark(delivered_at=NOON)
    messages = tuple(MessageTold(id=f"m{number}", at=NOON, text=text) for number, text in enumerate(texts))
    to = AnswerTo(
        report=ReportId("0" * 32),
        draft="0" * 64,
        community=CommunityId("park"),
        platform="web",
        desk=DeskName("centre"),
        standing=Standing.SPECIALIST,
    )
    home.desk.known[code] = StatusTold(known=True, received_at=NOON, messages=messages, answer_to=to)
    return code


async def on_its_form(home: House, child: Child, *texts: str) -> str:
    code = await sent(home, child, *(texts or ("We read it.",)))
    await child.send("/my-report", reference=code)
    await press(child, "answer")
    return code


async def press(child: Child, button: str, **answers: str) -> Child:
    """A button of a page about a report, with what travels in it."""
    (found,) = child.page.all("button", name="button", value=button)
    given = {f"answer.{question}": value for question, value in answers.items()}
    fields = {"button": button} | child.page.hidden() | given
    return await child.send(found.get("formaction", "/my-report"), **fields)


async def written(home: House) -> list[str]:
    """What was told after Send, as the desk opens it."""
    found = [(header, msgspec.json.decode(body)) for header, body in await home.opened()]
    return [told["reply"] for header, told in found if header.kind == "supplement"]


async def test_what_the_desk_wrote_stands_there_word_for_word_and_is_no_markup(
    home: House, child: Child
) -> None:
    code = await sent(home, child, ODD)
    await child.send("/my-report", reference=code)
    assert html.unescape(child.page.html).count("<b>Are</b>") == 1
    assert "<b>Are" not in child.page.html
    assert not child.page.all("a", href="https://evil.example")
    assert 'We read it. <b>Are</b> you & "yours" safe?' in child.page.text
    assert "The team wrote to you at 14 Mar, 12:00 UTC" in child.page.text


async def test_the_desk_hears_what_was_shown_once_the_page_is_out_and_a_fault_is_nobodys(
    home: House, child: Child
) -> None:
    code = await sent(home, child, "One.", "Two.")
    await child.send("/my-report", reference=code)
    await home.desk.until(lambda: len(home.desk.shown) == 2)
    assert home.desk.shown == [(code, "m0"), (code, "m1")]


async def test_a_desk_that_does_not_hear_it_delays_no_page(
    home: House, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(_reference: str, _ids: tuple[str, ...]) -> None:
        home.desk.asked_to_note.set()
        raise DOWN

    monkeypatch.setattr(home.desk, "messages_read", refuses)
    code = await sent(home, child, "One.")
    await child.send("/my-report", reference=code)
    assert "One." in child.page.text
    await home.desk.asked_to_note.wait()


async def test_with_the_desk_away_the_page_says_so_and_help_is_there(home: House, child: Child) -> None:
    code = await sent(home, child, "One.")
    home.desk.fail_with(DOWN)
    await child.send("/my-report", reference=code)
    assert "It arrived at" in child.page.text
    assert "We cannot ask the team just now." in child.page.text
    assert child.page.all("a", href="/help")
    assert "answer" not in child.page.buttons()


async def test_where_nothing_can_be_added_there_is_no_way_to_answer(home: House, child: Child) -> None:
    code = await sent(home, child, "One.")
    home.desk.known[code] = msgspec.structs.replace(home.desk.known[code], answer_to=None)
    await child.send("/my-report", reference=code)
    assert "answer" not in child.page.buttons()


async def test_an_answer_is_stored_sealed_before_the_page_says_so_and_is_never_shown(
    home: House, child: Child
) -> None:
    await on_its_form(home, child)
    assert "Pictures and files cannot be sent here." in child.page.text
    await press(child, "send", own_words=TEXT)
    assert "Your answer is sent." in child.page.text
    assert await written(home) == [TEXT]
    assert TEXT not in child.page.html
    await press(child, "look")
    assert TEXT not in child.page.html


async def test_a_form_sent_twice_stores_once_and_a_new_one_another(home: House, child: Child) -> None:
    await on_its_form(home, child)
    form = child.page.hidden()
    for _ in range(2):
        await child.send("/my-report", button="send", **form, **{"answer.own_words": TEXT})
    assert await written(home) == [TEXT]
    await press(child, "answer")
    assert child.page.hidden()["form"] != form["form"]
    await press(child, "send", own_words=TEXT)
    assert await written(home) == [TEXT, TEXT]


async def test_no_address_ever_has_the_code_or_what_was_written(home: House, child: Child) -> None:
    code = await on_its_form(home, child)
    for page in (child.page, (await press(child, "send", own_words=TEXT)).page):
        addresses = [
            value for _, tag in page.tags for name, value in tag.items() if name in {"href", "action"}
        ]
        assert not any(code in address or TEXT in address for address in addresses)
        assert {form["method"] for form in page.all("form")} == {"post"}
    assert child.answer is not None
    assert str(child.answer.url).endswith("/my-report")


async def test_what_could_not_be_stored_is_not_called_sent_and_travels_to_the_next_try(
    home: House, child: Child
) -> None:
    await on_its_form(home, child)
    home.ledger.fail_with(LedgerUnavailable("full"), on=WRITES)
    await press(child, "send", own_words=TEXT)
    assert "Your answer is not sent." in child.page.text
    assert child.page.all("a", **{"class": "way chat"}) or child.page.all("a", **{"class": "way call"})
    assert "emergency number" in child.page.text
    assert TEXT not in child.page.text
    home.ledger.fail_with(None)
    await press(child, "send")
    assert "Your answer is sent." in child.page.text
    assert await written(home) == [TEXT]


async def test_what_takes_long_is_still_being_stored_and_looking_again_finds_it_once(
    home: House, child: Child
) -> None:
    await on_its_form(home, child)
    home.road.conversation.times = Times(read=30, send=0.05)
    home.ledger.hold(on=WRITES)
    await press(child, "send", own_words=TEXT)
    assert "We are still storing it." in child.page.text
    home.road.conversation.times = Times(read=30, send=30)
    home.ledger.release()
    await press(child, "send")
    assert "Your answer is sent." in child.page.text
    assert await written(home) == [TEXT]


@pytest.mark.parametrize(
    ("text", "says"), [("  \n ", "Nothing is sent."), ("x" * 3001, "Not sent yet. Your answer is too long.")]
)
async def test_an_empty_answer_and_one_too_long_lead_back_to_the_form(
    home: House, child: Child, text: str, says: str
) -> None:
    await on_its_form(home, child)
    await press(child, "send", own_words=text)
    assert says in child.page.text
    assert child.page.all("textarea")
    assert await home.count(answers) == 0


async def test_help_on_the_way_loses_nothing_and_leads_back_to_the_form(home: House, child: Child) -> None:
    await on_its_form(home, child)
    form = child.page.hidden()["form"]
    await press(child, "help", own_words=TEXT)
    assert "Call your local emergency number" in child.page.text
    assert TEXT not in child.page.text
    await press(child, "answer")
    assert "What you wrote is kept." in child.page.text
    assert child.page.hidden()["form"] == form
    await press(child, "send")
    assert await written(home) == [TEXT]


async def test_a_code_that_was_changed_in_the_page_leads_nowhere(home: House, child: Child) -> None:
    await on_its_form(home, child)
    form = child.page.hidden()["form"]
    for button in ("answer", "send"):
        fields = {"reference": "LB-0000-0000-0000-1", "form": form, "answer.own_words": TEXT}
        await child.send("/my-report", button=button, **fields)
        assert "One letter or number is not right." in child.page.text
    unknown = {"reference": "LB-0000-0000-0000-0", "form": form, "answer.own_words": TEXT}
    await child.send("/my-report", button="send", **unknown)
    assert "Your answer is not sent." in child.page.text
    assert await home.count(answers) == 0


async def test_an_answer_is_taken_from_whoever_looked_too_often(home: House, child: Child) -> None:
    await on_its_form(home, child)
    form = child.page.hidden()
    for _ in range(AT_MOST):
        await child.send("/my-report", reference="LB-0000-0000-0000-0")
    assert child.status == 429
    await child.send("/my-report", button="send", **form, **{"answer.own_words": TEXT})
    assert await written(home) == [TEXT]
