"""The other pages, the headers of every answer, and bad input at every address."""

from datetime import timedelta
from io import BytesIO

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from core.errors import LedgerUnavailable
from core.evidence.drafts import new_draft_key
from core.reports.lookups import AT_MOST
from core.reports.reference import check_symbol, reference_of
from tests.web_pages import Child, reference
from tests.web_room import CLUB, House

ADDRESSES = [
    "/report/park",
    "/report/alone",
    "/help/park",
    "/help",
    "/my-report",
    "/hidden",
    "/",
    "/report/nope",
]


@pytest.mark.parametrize("path", ADDRESSES)
async def test_every_page_is_closed_to_the_world_and_kept_nowhere(child: Child, path: str) -> None:
    await child.look(path)
    assert child.answer is not None
    headers = child.answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


async def test_only_the_pages_of_this_community_may_frame_it(
    home: House, session: ClientSession, child: Child
) -> None:
    await child.look()
    assert child.answer is not None
    assert child.answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {CLUB}")
    other = await Child(session, home.url, "alone").look()
    assert other.answer is not None
    assert other.answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


async def test_a_press_never_leads_to_another_address(child: Child) -> None:
    await child.look()
    await child.press("send")
    assert child.answer is not None
    assert not child.answer.history
    assert str(child.answer.url).endswith("/report/park")


async def test_no_address_ever_carries_the_key(child: Child) -> None:
    await child.look()
    for button in ("more", "next", "send", "advice"):
        await child.press(button)
        key = child.page.hidden()["key"]
        for tag, attributes in child.page.tags:
            for name in ("href", "src", "action", "formaction"):
                assert key not in attributes.get(name, ""), tag


async def test_outside_practice_the_start_page_is_plain(child: Child) -> None:
    await child.look("/")
    assert "sketch-club" not in child.page.text
    assert "Practice" not in child.page.text
    assert child.page.all("a", href="/help")


async def test_in_practice_the_start_page_is_the_room_and_says_what_to_look_at(
    practice: House, session: ClientSession
) -> None:
    child = await Child(session, practice.url, "play").look("/")
    assert "Practice: nobody reads this." in child.page.text
    assert child.page.all("a", href="http://127.0.0.1:8471/")
    assert child.page.all("a", href="/report/play")
    assert child.page.all("script", **{"data-community": "play"})


async def test_in_practice_our_own_page_may_frame_the_dialogue(
    practice: House, session: ClientSession
) -> None:
    child = await Child(session, practice.url, "play").look()
    assert child.answer is not None
    assert child.answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {CLUB}")


async def test_the_button_may_be_used_by_any_page_and_names_no_origin(
    home: House, session: ClientSession
) -> None:
    async with session.get(home.url + "/button.js") as answer:
        script = await answer.text()
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "%WORDS%" not in script
    assert "Get help or report" in script
    assert CLUB not in script


async def test_styles_and_scripts_are_served_and_nothing_beside_them(
    home: House, session: ClientSession
) -> None:
    for path, status in (
        ("/static/page.css", 200),
        ("/static/page.js", 200),
        ("/static/../settings.py", 404),
    ):
        async with session.get(home.url + path) as answer:
            assert answer.status == status


# My report.


async def test_a_code_tells_what_was_done(home: House, child: Child) -> None:
    await child.look()
    code = reference(await child.press("send"))
    await home.mark(delivered_at=home.clock.now(), read_at=home.clock.now() + timedelta(minutes=4))
    await child.send("/my-report", reference=code.lower().replace("-", " "))
    assert "Read at 12:04 UTC" in child.page.text
    assert "It arrived at 12:00 UTC" in child.page.text


async def test_a_wrong_letter_is_caught_before_anything_is_looked_up(home: House, child: Child) -> None:
    home.ledger.fail_with(LedgerUnavailable("must not be asked"))
    code = reference_of(new_draft_key())
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for _ in range(AT_MOST * 2):
        await child.send("/my-report", reference=wrong)
    assert child.status == 200
    assert "One letter or number is not right" in child.page.text


async def test_a_code_nobody_has_is_not_known(child: Child) -> None:
    symbols = "0" * 12
    await child.send("/my-report", reference=f"LB-{symbols}-{check_symbol(symbols)}")
    assert "We do not know this code" in child.page.text


async def test_nothing_typed_is_asked_for_again(child: Child) -> None:
    await child.send("/my-report", reference="   ")
    assert "Type your code first" in child.page.text


async def test_a_code_while_the_ledger_is_gone_is_not_called_unknown(home: House, child: Child) -> None:
    home.ledger.fail_with(LedgerUnavailable("gone"))
    await child.send("/my-report", reference=reference_of(new_draft_key()))
    assert "We cannot ask the team just now" in child.page.text


async def test_guessing_codes_is_slowed_down_and_help_is_not(home: House, child: Child) -> None:
    for _ in range(AT_MOST):
        await child.send("/my-report", reference=reference_of(new_draft_key()))
        assert child.status == 200
    await child.send("/my-report", reference=reference_of(new_draft_key()))
    assert child.status == 429
    assert child.page.all("a", href="/help")
    await child.look()
    await child.press("send")
    assert reference(child)


@pytest.mark.parametrize("typed", ["\ud800", "\u202eLB-7KQ2", "<script>", "LB" * 5000, "é"])
async def test_a_code_of_any_kind_is_answered_kindly(home: House, session: ClientSession, typed: str) -> None:
    body = b"reference=" + typed.encode("utf-8", "surrogatepass")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with session.post(home.url + "/my-report", data=body, headers=headers) as answer:
        assert answer.status == 200
        assert "One letter or number is not right" in await answer.text()


# Bad input.


FORM = "application/x-www-form-urlencoded"
BAD = {
    "text": ("text/plain", b"button=send", 400),
    "files": ("multipart/form-data; boundary=x", b"--x--", 400),
    "too large": (FORM, b"a=" + b"b" * (600 * 1024), 413),
    "too many fields": (FORM, b"&".join(b"a%d=1" % n for n in range(200)), 400),
}


@pytest.mark.parametrize("path", ["/report/park", "/help/park", "/help", "/my-report", "/report/park/told"])
@pytest.mark.parametrize("bad", BAD)
async def test_a_form_that_cannot_be_taken_is_refused_kindly(
    home: House, session: ClientSession, path: str, bad: str
) -> None:
    kind, body, status = BAD[bad]
    async with session.post(home.url + path, data=BytesIO(body), headers={"Content-Type": kind}) as answer:
        assert answer.status == status
        words = await answer.text()
    assert "Not sent yet" in words
    assert "Get help now" in words
    assert await home.reports() == 0


async def test_a_form_without_a_body_is_answered(home: House, session: ClientSession) -> None:
    async with session.post(home.url + "/report/park") as answer:
        assert answer.status == 200


async def test_no_log_ever_names_a_community_or_holds_a_word(home: House, child: Child) -> None:
    with capture_logs() as logs:
        await child.look()
        await child.press("more", category="grooming")
        home.ledger.fail_with(LedgerUnavailable("gone"))
        await child.press("next", own_words="canary-words", about="canary-name")
        await child.send("/report/park/told", key="canary-key")
        await child.look("/report/canary-community")
        await child.send("/report/park/evidence")
    assert logs
    assert "canary" not in str(logs)
    assert "park" not in str(logs)


async def test_whatever_breaks_inside_the_answer_is_a_kind_page_and_no_word_is_logged(
    home: House, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("canary")

    await child.look()
    monkeypatch.setattr(home.road, "answer", broken)
    with capture_logs() as logs:
        await child.press("send")
    assert child.status == 500
    assert "It was not you" in child.page.text
    assert [link for link in child.page.all("a") if "childhelplineinternational" in link["href"]]
    assert [line["error"] for line in logs] == ["RuntimeError"]
    assert "canary" not in str(logs)


async def test_a_way_of_asking_that_is_not_offered_is_refused_kindly(
    home: House, session: ClientSession
) -> None:
    async with session.put(home.url + "/report/park") as answer:
        assert answer.status == 400
        assert "Get help now" in await answer.text()


async def test_behind_a_proxy_everybody_has_a_count_of_their_own(home: House, session: ClientSession) -> None:
    async def status(address: str) -> int:
        sent = {"reference": reference_of(new_draft_key())}
        headers = {"X-Forwarded-For": address}
        async with session.post(home.url + "/my-report", data=sent, headers=headers) as answer:
            return answer.status

    for _ in range(AT_MOST):
        await status("198.51.100.7")
    assert await status("198.51.100.7") == 429
    assert await status("198.51.100.8") == 200
