"""No page without a sign-in, no form that was not made here, strict headers on everything."""

import re
from pathlib import Path

import pytest
from aiohttp import web

from core.errors import LedgerUnavailable
from core.testing.clock import FixedClock
from desk.console.app import ROUTES
from desk.console.gate import MAX_FORM
from desk.staff.model import IDLE, Role
from tests.desk_room import PASSWORD, Browser, DeskRoom, browser, desk_room

OPEN_ROUTES = {
    *("sign_in", "sign_in_form", "sign_in_code", "sign_in_passkey", "join", "join_form", "static"),
    *("sign_in_provider", "provider_back", "join_provider"),
}
"""Pages for whoever is not signed in; the only ones."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _addresses(app: web.Application) -> list[tuple[str, str, str]]:
    """Every route: its name, its method, and an address that leads to it."""
    found = []
    for route in app.router.routes():
        assert route.name is not None
        assert route.resource is not None
        path = re.sub(r"\{[^{}:]+(:[^{}]*(\{[^{}]*\}[^{}]*)*)?\}", "x1", route.resource.canonical)
        found.append((route.name, route.method, path))
    return found


async def test_no_page_is_open_but_those_of_signing_in(room: DeskRoom, stranger: Browser) -> None:
    walked = set()
    for name, method, path in _addresses(room.app):
        if name in OPEN_ROUTES:
            continue
        await stranger.send(method, path, allow_redirects=False)
        walked.add(name)
        asked = stranger.status == 303 and stranger.headers["Location"].startswith("/sign-in")
        assert asked or stranger.status == 401, f"{method} {path} answered {stranger.status}"
        assert "school" not in stranger.text
    assert walked >= {
        "queue",
        "queue_rows",
        "live",
        "case",
        "look",
        "trail",
        "people",
        "invite",
        "end_access",
    }
    assert len(walked) == len({route.name for route in room.app.router.routes()} - OPEN_ROUTES)


def test_every_page_says_who_may_see_it_and_only_those_of_signing_in_are_everybodys() -> None:
    assert {route.name for route in ROUTES if route.may is None} == OPEN_ROUTES
    assert all(route.may for route in ROUTES if route.may is not None)


@pytest.mark.parametrize("role", Role)
async def test_each_role_reaches_its_own_pages_and_no_other(room: DeskRoom, role: Role) -> None:
    made = await room.report()
    await room.person("Only This", role)
    async with browser(room) as only:
        await only.sign_in("Only This")
        assert only.status == 200
        await only.get("/help")
        form = {"form_token": only.form_token}
        for route in ROUTES:
            if route.name in {"live", "sign_out", "sign_out_everywhere"} or route.may is None:
                continue
            path = re.sub(r"\{[^{}:]+(:[^{}]*(\{[^{}]*\}[^{}]*)*)?\}", made.id, route.path)
            await only.send(route.method, path, data=form if route.method == "POST" else None)
            allowed = role in route.may
            if route.name == "queue" and not allowed:
                assert only.path != "/"
                continue
            assert (only.status == 403) is not allowed, f"{role} {route.method} {path}: {only.status}"
            assert allowed or made.id not in only.text


async def test_addresses_that_are_not_there_say_no_more_to_a_stranger(stranger: Browser) -> None:
    await stranger.get("/no/such/page", follow=False)
    assert stranger.status == 303


async def test_a_made_up_cookie_opens_nothing(room: DeskRoom, stranger: Browser) -> None:
    await stranger.get("/", follow=False, headers={"Cookie": "lifebelt_desk=made-up"})
    assert stranger.status == 303


@pytest.mark.parametrize("path", ["/", "/trail", "/people", "/help", "/sign-in", "/nothing", "/queue/rows"])
async def test_every_answer_has_the_strict_headers(ann: Browser, path: str) -> None:
    await ann.get(path)
    policy = ann.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'self'" in policy
    assert ann.headers["Cache-Control"] == "no-store"
    assert ann.headers["X-Content-Type-Options"] == "nosniff"
    assert ann.headers["Referrer-Policy"] == "no-referrer"
    assert ann.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_redirects_and_refusals_have_them_too(stranger: Browser) -> None:
    await stranger.get("/", follow=False)
    assert "frame-ancestors 'none'" in stranger.headers["Content-Security-Policy"]
    await stranger.send("POST", "/sign-in", data="name=a", headers=FORM)
    assert stranger.status == 403
    assert stranger.headers["Cache-Control"] == "no-store"


async def test_no_page_asks_a_third_party_for_anything(room: DeskRoom, ann: Browser) -> None:
    made = await room.report()
    for path in ("/", "/trail", "/people", "/help", f"/case/{made.id}"):
        page = await ann.get(path)
        assert not re.findall(r"(?:src|href|action)=\"(?!/|#|\")[^\"]+", page)


# Forms

FORGED = [
    ({}, "no token"),
    ({"form_token": ""}, "an empty token"),
    ({"form_token": "0" * 64}, "a made up token"),
]


@pytest.mark.parametrize(
    "path", ["/people/invite", "/people/end", "/people/password", "/sign-out", "/case/x1"]
)
@pytest.mark.parametrize("fields", [fields for fields, _ in FORGED], ids=[name for _, name in FORGED])
async def test_a_form_without_this_sessions_token_changes_nothing(
    ann: Browser, path: str, fields: dict[str, str]
) -> None:
    await ann.send("POST", path, data=fields, headers=FORM)
    assert ann.status == 403
    await ann.get("/")
    assert ann.path == "/"


async def test_the_token_of_one_session_is_worth_nothing_in_another(room: DeskRoom, ann: Browser) -> None:
    async with browser(room) as other:
        await other.sign_in()
        await other.get("/people")
        await ann.send("POST", "/people/invite", data={"form_token": other.form_token}, headers=FORM)
        assert ann.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_form_sent_from_another_page_is_refused_even_with_the_token(
    ann: Browser, headers: dict[str, str]
) -> None:
    await ann.get("/people")
    await ann.post("/people/invite", headers=headers)
    assert ann.status == 403


@pytest.mark.parametrize("origin", ["null", "own"])
async def test_what_browsers_send_of_our_own_forms_is_taken(ann: Browser, origin: str) -> None:
    await ann.get("/people")
    sent = ann.origin if origin == "own" else origin
    await ann.post(
        "/people/invite",
        {"role-specialist": "1"},
        headers={"Origin": sent, "Sec-Fetch-Site": "same-origin"},
    )
    assert ann.status == 200


async def test_a_sign_in_form_is_bound_to_the_browser_that_asked_for_it(
    room: DeskRoom, stranger: Browser
) -> None:
    async with browser(room) as attacker:
        await attacker.get("/sign-in")
        stolen = attacker.form_token
    await stranger.get("/sign-in")
    fields = {"name": "Ann Lee", "password": PASSWORD, "form_token": stolen}
    await stranger.send("POST", "/sign-in", data=fields, headers=FORM)
    assert stranger.status == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": "form_token=x&" * 50, "headers": FORM}, 400),
        ({"data": b"\xff\xfe=\xff&form_token=%ff%fe", "headers": FORM}, 403),
        ({"data": "form_token=\ud83d", "headers": FORM}, 403),
        ({"json": {"form_token": "x"}}, 415),
        ({"data": "x" * (MAX_FORM + 1), "headers": FORM}, 413),
        ({"data": "name=a", "headers": FORM | {"Content-Type": "text/plain"}}, 415),
    ],
    ids=["too many fields", "not utf-8", "lone surrogate", "json", "too large", "plain text"],
)
async def test_a_malformed_form_is_a_clear_error(ann: Browser, sent: dict[str, object], status: int) -> None:
    if isinstance(sent.get("data"), str):
        sent["data"] = str(sent["data"]).encode("utf-8", "surrogatepass")
    await ann.send("POST", "/people/invite", **sent)
    assert ann.status == status
    assert "<h1>" in ann.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_methods_we_have_no_use_for_are_refused(ann: Browser, method: str) -> None:
    await ann.send(method, "/people")
    assert ann.status == 405


# Signing in


async def test_signing_in_leads_to_the_queue_and_sets_a_session(stranger: Browser) -> None:
    await stranger.sign_in()
    assert stranger.path == "/"
    assert stranger.cookie("lifebelt_desk")


async def test_signing_in_gives_a_token_that_nobody_could_have_planted(stranger: Browser) -> None:
    await stranger.get("/sign-in", headers={"Cookie": "lifebelt_desk=planted"})
    await stranger.sign_in()
    assert stranger.cookie("lifebelt_desk") != "planted"


async def test_a_wrong_password_is_said_without_saying_what_was_wrong(stranger: Browser) -> None:
    known = await stranger.sign_in("Ann Lee", "wrong")
    assert stranger.status == 403
    unknown = await stranger.sign_in("Eve Who", "wrong")
    assert known.replace("Ann Lee", "") == unknown.replace("Eve Who", "")


async def test_the_password_is_never_sent_back(stranger: Browser) -> None:
    page = await stranger.sign_in("Ann Lee", "a wrong password 77")
    assert "a wrong password 77" not in page


@pytest.mark.parametrize(
    ("to", "led"),
    [
        ("/trail", "/trail"),
        ("/case/0123", "/case/0123"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/sign-out", "/"),
        ("/trail\r\nX: y", "/"),
    ],
)
async def test_signing_in_leads_only_where_we_know(stranger: Browser, to: str, led: str) -> None:
    await stranger.get("/sign-in")
    await stranger.post("/sign-in", {"name": "Ann Lee", "password": PASSWORD, "to": to})
    assert stranger.path == led


async def test_after_signing_out_the_session_is_gone_for_good(stranger: Browser) -> None:
    await stranger.sign_in()
    token = stranger.cookie("lifebelt_desk")
    await stranger.post("/sign-out")
    assert stranger.path == "/sign-in"
    await stranger.get("/", follow=False, headers={"Cookie": f"lifebelt_desk={token}"})
    assert stranger.status == 303


async def test_what_the_page_asks_for_by_itself_keeps_no_session_alive(
    ann: Browser, clock: FixedClock
) -> None:
    for _ in range(4):
        clock.advance(IDLE / 4)
        await ann.get("/queue/rows")
    assert ann.status == 401


async def test_what_a_person_does_keeps_it_alive(ann: Browser, clock: FixedClock) -> None:
    for _ in range(4):
        clock.advance(IDLE / 2)
        await ann.get("/help")
    assert ann.path == "/help"


# Around it


async def test_https_binds_the_cookies_and_asks_for_https_ever_after(tmp_path: Path) -> None:
    async with desk_room(tmp_path, public_url="https://desk.example") as room, browser(room) as somebody:
        await somebody.get("/sign-in")
        cookie = somebody.headers["Set-Cookie"]
        assert cookie.startswith("__Host-lifebelt_desk_form=")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert somebody.headers["Strict-Transport-Security"]


async def test_rooms_mounted_beside_the_console_guard_themselves(tmp_path: Path) -> None:
    async def ready(_: web.Request) -> web.Response:
        return web.Response(text="ready")

    def mount(app: web.Application) -> None:
        beside = web.Application()
        beside.router.add_post("/deliveries", ready)
        app.add_subapp("/api/v1", beside)
        app.router.add_get("/readyz", ready)
        app.router.add_get("/forgotten", ready)

    open_paths = frozenset({"/readyz"})
    async with desk_room(tmp_path, open_paths=open_paths, prepare=mount) as room, browser(room) as road:
        assert await road.send("POST", "/api/v1/deliveries", data=b"x" * (MAX_FORM * 4)) == "ready"
        assert "Content-Security-Policy" not in road.headers
        assert await road.get("/readyz") == "ready"
        await road.get("/forgotten", follow=False)
        assert road.status == 303


async def test_without_its_ledger_every_page_says_so_and_shows_nothing(room: DeskRoom, ann: Browser) -> None:
    room.ledger.fail_with(LedgerUnavailable("gone"))
    page = await ann.get("/")
    assert ann.status == 503
    assert "The record cannot be reached" in page
    assert "Traceback" not in page
    room.ledger.fail_with(None)
    await ann.get("/")
    assert ann.status == 200


async def test_what_fails_inside_is_said_in_words_for_staff_and_logged_without_content(
    room: DeskRoom, ann: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("he said: canary-words")

    monkeypatch.setattr(room.service, "queue", fail)
    page = await ann.get("/")
    assert ann.status == 500
    assert "canary-words" not in page
    printed = capsys.readouterr()
    assert "console_failed" in printed.out + printed.err
    assert "canary-words" not in printed.out + printed.err
