from http.cookies import Morsel

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from core.testing.clock import START
from desk.console.cookies import CookieName, Cookies
from desk.staff.model import EVERYTHING, Person, SignedIn
from desk.staff.tokens import Token

ANN = Person(id="1", name="Ann", roles=EVERYTHING, created_at=START, created_by="operator")
SIGNED = SignedIn(person=ANN, token=Token("t"), device=Token("d"), expires_at=START)


def _signed_in(*, secure: bool) -> dict[str, Morsel[str]]:
    response = web.Response()
    Cookies(secure=secure).sign_in(response, SIGNED)
    Cookies(secure=secure).form(response, Token("f"))
    return dict(response.cookies)


@pytest.mark.parametrize("secure", [True, False])
def test_no_cookie_is_readable_by_a_script_or_sent_from_another_site(secure: bool) -> None:
    for cookie in _signed_in(secure=secure).values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_the_one_that_comes_back_from_the_provider_lasts_for_the_trip_and_is_dropped_after_it() -> None:
    response = web.Response()
    Cookies(secure=True).go_away(response, "sealed")
    (cookie,) = response.cookies.values()
    assert (cookie["samesite"], cookie["httponly"], cookie["secure"]) == ("Lax", True, True)
    assert int(cookie["max-age"]) == 600
    Cookies(secure=True).came_back(response)
    (cookie,) = response.cookies.values()
    assert int(cookie["max-age"]) == 0


def test_with_https_cookies_are_bound_to_the_host() -> None:
    cookies = _signed_in(secure=True)
    assert all(name.startswith("__Host-") for name in cookies)
    assert all(cookie["secure"] for cookie in cookies.values())


def test_without_https_a_browser_must_not_be_asked_for_secure_cookies() -> None:
    cookies = _signed_in(secure=False)
    assert set(cookies) == {"lifebelt_desk", "lifebelt_desk_known", "lifebelt_desk_form"}
    assert not any(cookie["secure"] for cookie in cookies.values())


def test_the_session_ends_with_the_browser_and_the_known_browser_is_remembered() -> None:
    cookies = _signed_in(secure=False)
    assert not cookies["lifebelt_desk"].get("max-age")
    assert int(cookies["lifebelt_desk_known"]["max-age"]) == 90 * 24 * 3600


def test_a_sign_in_page_left_open_all_night_still_works_in_the_morning() -> None:
    assert not _signed_in(secure=False)["lifebelt_desk_form"].get("max-age")


def test_signing_out_forgets_the_session_and_keeps_the_browser_known() -> None:
    response = web.Response()
    Cookies(secure=True).sign_out(response)
    assert set(response.cookies) == {"__Host-lifebelt_desk"}
    assert int(response.cookies["__Host-lifebelt_desk"]["max-age"]) == 0


def test_with_https_a_cookie_without_the_host_prefix_is_not_read() -> None:
    request = make_mocked_request("GET", "/", headers={"Cookie": "lifebelt_desk=planted"})
    assert Cookies(secure=True).read(request, CookieName.SESSION) == ""
    assert Cookies(secure=False).read(request, CookieName.SESSION) == "planted"
