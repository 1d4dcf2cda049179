import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.headers import EVERYWHERE, origins_only, page_headers


@pytest.mark.parametrize(
    "origin",
    ["https://club.example", "http://127.0.0.1:8080", "https://a-b.club.example:444", "http://[::1]:80"],
)
def test_an_exact_origin_is_kept(origin: str) -> None:
    assert origins_only([origin]) == (origin,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https:",
        "https://*.example",
        "https://club.example/",
        "https://club.example; script-src *",
        "https://club.example\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "'unsafe-inline'",
        "https://club.example https://other.example",
        "",
    ],
)
def test_what_is_no_exact_origin_never_reaches_a_header(origin: str) -> None:
    assert origins_only([origin]) == ()


@given(st.text(max_size=60))
def test_no_text_can_break_out_of_the_header(origin: str) -> None:
    policy = page_headers(origins_only([origin]))["Content-Security-Policy"]
    assert policy.count(";") == page_headers()["Content-Security-Policy"].count(";")
    assert policy.isprintable()


def test_a_page_takes_nothing_from_elsewhere_and_runs_nothing_inline() -> None:
    policy = page_headers()["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_page_is_framed_by_nobody_unless_somebody_is_named() -> None:
    assert page_headers()["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    named = page_headers(("https://club.example",))["Content-Security-Policy"]
    assert named.endswith("frame-ancestors https://club.example")


def test_a_page_is_never_kept() -> None:
    assert page_headers()["Cache-Control"] == "no-store"


def test_no_address_is_told_to_anybody() -> None:
    assert EVERYWHERE["Referrer-Policy"] == "no-referrer"
