from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing.clock import START
from desk.staff import codes

# RFC 6238, appendix B: the test secret, and the last six of the eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("second", "code"), RFC)
def test_the_codes_are_those_of_the_standard(second: int, code: str) -> None:
    at = datetime.fromtimestamp(second, UTC)
    assert codes.step_of(RFC_SECRET, code, at, after=0) == second // 30


def _code(at: datetime) -> str:
    return pyotp.TOTP(RFC_SECRET).at(at)


@pytest.mark.parametrize(("late", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_of_half_a_minute_ago_or_ahead_is_taken_and_no_other(late: int, taken: bool) -> None:
    code = _code(START + timedelta(seconds=late))
    assert (codes.step_of(RFC_SECRET, code, START, after=0) is not None) is taken


def test_a_code_of_a_step_that_was_used_is_none() -> None:
    step = codes.step_of(RFC_SECRET, _code(START), START, after=0)
    assert step is not None
    assert codes.step_of(RFC_SECRET, _code(START), START, after=step) is None
    assert codes.step_of(RFC_SECRET, _code(START), START, after=step - 1) == step


def test_a_code_may_be_typed_with_the_space_that_apps_show() -> None:
    code = _code(START)
    assert codes.step_of(RFC_SECRET, f" {code[:3]} {code[3:]} ", START, after=0)


@given(st.text(max_size=80))
def test_whatever_else_is_typed_is_no_code(typed: str) -> None:
    near = {_code(START + timedelta(seconds=late)) for late in (-30, 0, 30)}
    if codes._plain(typed) not in near:
        assert codes.step_of(RFC_SECRET, typed, START, after=0) is None


def test_the_address_names_the_desk_and_the_person() -> None:
    address = urlsplit(codes.address_of(RFC_SECRET, "Ann Lee", "Lifebelt desk"))
    assert address.scheme == "otpauth"
    assert address.path == "/Lifebelt%20desk:Ann%20Lee"
    assert parse_qs(address.query) == {"secret": [RFC_SECRET], "issuer": ["Lifebelt desk"]}


def test_ten_recovery_codes_are_ten_different_ones() -> None:
    made = codes.new_recovery_codes()
    assert len(set(made)) == codes.RECOVERY_CODES == 10
    assert all(codes.recovery_of(code) == code.replace("-", "") for code in made)


@pytest.mark.parametrize("typed", ["0123456789", "01234-56789", " oi234 56789", "OL234-56789"])
def test_a_recovery_code_is_known_however_it_is_written(typed: str) -> None:
    assert codes.recovery_of(typed) == "0123456789"


@pytest.mark.parametrize("typed", ["", "123456", "0123-4567", "01234-567890", "01234-5678U", "0" * 5000])
def test_what_is_no_recovery_code_is_empty(typed: str) -> None:
    assert codes.recovery_of(typed) == ""
