import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused
from core.reports.model import Standing
from core.testing.clock import START
from desk.staff.model import (
    ABSOLUTE,
    EVERYTHING,
    IDLE,
    Person,
    Role,
    Session,
    SignedIn,
    clean_name,
    first_roles,
    name_key,
    roles_of,
    roles_text,
)
from desk.staff.tokens import Token

ANN = Person(id="1", name="Ann Lee", roles=EVERYTHING, created_at=START, created_by="operator")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Ann   Lee ", "Ann Lee"),
        ("\uff21\uff4e\uff4e", "Ann"),
        ("Tomás O'Brien-Vega", "Tomás O'Brien-Vega"),
        ("李 明", "李 明"),
    ],
)
def test_names_are_kept_as_people_write_them(typed: str, name: str) -> None:
    assert clean_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "name-length"),
        ("A", "name-length"),
        ("x" * 41, "name-length"),
        ("Ann\u202eLee", "name-symbols"),
        ("Ann\u200bLee", "name-symbols"),
        ("<b>Ann</b>", "name-symbols"),
        ("Ann\x00Lee", "name-symbols"),
        ("Operator", "name-taken"),
        ("nobody", "name-taken"),
        ("LIFEBELT", "name-taken"),
    ],
)
def test_names_that_would_mislead_the_trail_are_refused(typed: str, reason: str) -> None:
    with pytest.raises(InputRefused) as refused:
        clean_name(typed)
    assert refused.value.reason == reason


@given(st.text(max_size=60))
def test_a_name_is_cleaned_once_and_for_all_or_refused(typed: str) -> None:
    try:
        name = clean_name(typed)
    except InputRefused:
        return
    assert clean_name(name) == name
    assert name_key(name) == name_key(typed)


def test_two_spellings_of_a_name_are_one() -> None:
    assert name_key("ANN  lee ") == name_key("Ann Lee")


def _session() -> Session:
    return Session(person=ANN, digest="d", created_at=START, seen_at=START, expires_at=START + ABSOLUTE)


def test_a_session_that_nobody_used_for_an_hour_is_over() -> None:
    session = _session()
    assert session.over(START + IDLE)
    assert not session.over(START + IDLE / 2)


def test_twelve_hours_end_a_session_however_it_was_used() -> None:
    session = Session(
        person=ANN,
        digest="d",
        created_at=START,
        seen_at=START + ABSOLUTE - IDLE / 2,
        expires_at=START + ABSOLUTE,
    )
    assert session.over(START + ABSOLUTE)
    assert not session.over(START + ABSOLUTE - IDLE / 4)


def test_tokens_hide_from_every_repr() -> None:
    signed = SignedIn(person=ANN, token=Token("secret-1"), device=Token("secret-2"), expires_at=START)
    assert "secret" not in f"{signed!r} {signed}"


@given(st.frozensets(st.sampled_from(Role)))
def test_roles_are_kept_as_text_and_read_back(roles: frozenset[Role]) -> None:
    assert roles_of(roles_text(roles)) == roles


def test_a_role_that_is_not_known_counts_for_nothing() -> None:
    assert roles_of("specialist of-a-later-version") == {Role.SPECIALIST}


def test_whoever_sets_up_a_team_reads_nothing_and_whoever_is_alone_does_everything() -> None:
    assert first_roles(Standing.SPECIALIST) == {Role.ADMIN}
    assert first_roles(Standing.LEAD) == first_roles(Standing.PRACTICE) == EVERYTHING
