import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.staff.browsers import Browser, browser_of

_WEBKIT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "browser"),
    [
        (f"{_WEBKIT} Chrome/140.0.0.0 Safari/537.36", Browser.CHROME),
        (f"{_WEBKIT} HeadlessChrome/140.0.0.0 Safari/537.36", Browser.CHROME),
        (f"{_WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", Browser.EDGE),
        (f"{_WEBKIT} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", Browser.OPERA),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Browser.FIREFOX),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 FxiOS/140.0 Mobile/15E148 Safari/605.1", Browser.FIREFOX),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1", Browser.CHROME),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15", Browser.SAFARI),
        ("curl/8.0", Browser.OTHER),
        ("", Browser.OTHER),
    ],
)
def test_a_browser_is_known_by_what_only_it_says(said: str, browser: Browser) -> None:
    assert browser_of(said) is browser


@given(st.text(max_size=2_000))
def test_whatever_a_browser_says_of_itself_is_one_of_our_words(said: str) -> None:
    assert browser_of(said) in Browser
