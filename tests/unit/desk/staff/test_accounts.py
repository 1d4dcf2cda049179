from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import InputRefused, LedgerUnavailable
from core.evidence.keys import TagKey
from core.ledger.trail import verify
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from core.testing.ledger import FaultyLedger
from desk.staff.accounts import Staff
from desk.staff.browsers import Browser
from desk.staff.model import (
    ABSOLUTE,
    DEVICE_LASTS,
    IDLE,
    INVITE_LASTS,
    LinkSpent,
    Role,
    Session,
    SignedIn,
    SignInRefused,
)
from desk.staff.passwords import Passwords
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import BY_DEVICE, BY_NAME_AND_ADDRESS, Throttle
from desk.staff.tokens import digest
from desk.tables import DESK, staff, trail
from tests.desk_room import FAST, PASSWORD
from tests.ledgers import opened

KEY = StaffKey(TagKey(b"s" * 32))
HERE = "192.0.2.1"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
async def ledger(tmp_path: Path, clock: FixedClock) -> AsyncIterator[FaultyLedger]:
    inner = await opened(tmp_path / "desk.db", DESK, clock)
    yield FaultyLedger(inner)
    await inner.close()


@pytest.fixture
def desk_staff(ledger: FaultyLedger, clock: FixedClock) -> Staff:
    throttle = Throttle(MemorySignals(clock), b"k" * 32)
    return Staff(ledger, throttle, clock, key=KEY, passwords=Passwords(FAST))


@pytest.fixture
async def ann(desk_staff: Staff) -> SignedIn:
    return await _first(desk_staff)


async def _first(desk_staff: Staff) -> SignedIn:
    link = await desk_staff.first_link()
    assert link is not None
    return await desk_staff.join(link, "Ann Lee", PASSWORD)


async def _invited(desk_staff: Staff, name: str = "Tom") -> SignedIn:
    return await desk_staff.join(await desk_staff.invite("Ann Lee"), name, PASSWORD)


async def _session(desk_staff: Staff, signed: SignedIn) -> Session:
    session = await desk_staff.session(signed.token)
    assert session is not None
    return session


async def _trail(ledger: FaultyLedger) -> list[tuple[str, str, str]]:
    wanted = sa.select(trail.c.who, trail.c.action, trail.c.target).order_by(trail.c.seq)
    return await ledger.read(lambda conn: [(row[0], row[1], row[2]) for row in conn.execute(wanted)])


async def _stored(ledger: FaultyLedger) -> str:
    """Everything that lies in the staff's tables, as one text."""

    def rows(conn: sa.Connection) -> list[Any]:
        return [tuple(row) for table in staff for row in conn.execute(sa.select(table))]

    return repr(await ledger.read(rows))


# The first account


async def test_the_first_link_makes_the_first_account_and_signs_it_in(desk_staff: Staff) -> None:
    signed = await _first(desk_staff)
    session = await desk_staff.session(signed.token)
    assert session is not None
    assert session.person.name == "Ann Lee"


async def test_the_first_link_works_once(desk_staff: Staff) -> None:
    link = await desk_staff.first_link()
    assert link is not None
    await desk_staff.join(link, "Ann Lee", PASSWORD)
    with pytest.raises(LinkSpent):
        await desk_staff.join(link, "Eve", PASSWORD)


async def test_only_the_link_printed_last_works(desk_staff: Staff) -> None:
    older, newer = await desk_staff.first_link(), await desk_staff.first_link()
    assert older is not None
    assert newer is not None
    with pytest.raises(LinkSpent):
        await desk_staff.opens(older)
    assert (await desk_staff.opens(newer)).first


async def test_once_there_is_somebody_no_first_link_is_made(desk_staff: Staff, ann: SignedIn) -> None:
    assert await desk_staff.first_link() is None


async def test_a_first_link_that_is_older_than_the_first_account_is_spent(
    desk_staff: Staff, ledger: FaultyLedger
) -> None:
    link = await desk_staff.first_link()
    await desk_staff.join(await desk_staff.invite(), "Ann Lee", PASSWORD)
    assert link is not None
    with pytest.raises(LinkSpent):
        await desk_staff.join(link, "Eve", PASSWORD)


async def test_a_link_expires(desk_staff: Staff, clock: FixedClock) -> None:
    link = await desk_staff.first_link()
    assert link is not None
    clock.advance(INVITE_LASTS)
    with pytest.raises(LinkSpent):
        await desk_staff.join(link, "Ann Lee", PASSWORD)


@pytest.mark.parametrize("token", ["", "made up", "\ud800", "x" * 10_000])
async def test_a_link_that_was_made_up_opens_nothing(desk_staff: Staff, token: str) -> None:
    with pytest.raises(LinkSpent):
        await desk_staff.opens(token)


async def test_a_refused_password_leaves_the_link_usable(desk_staff: Staff) -> None:
    link = await desk_staff.first_link()
    assert link is not None
    with pytest.raises(InputRefused):
        await desk_staff.join(link, "Ann Lee", "short")
    assert (await desk_staff.join(link, "Ann Lee", PASSWORD)).person.name == "Ann Lee"


async def test_a_name_is_never_given_twice_in_any_spelling(desk_staff: Staff, ann: SignedIn) -> None:
    with pytest.raises(InputRefused) as refused:
        await _invited(desk_staff, "ANN  LEE")
    assert refused.value.reason == "name-taken"


async def test_neither_passwords_nor_tokens_are_stored(desk_staff: Staff, ledger: FaultyLedger) -> None:
    link = await desk_staff.first_link()
    assert link is not None
    signed = await desk_staff.join(link, "Ann Lee", PASSWORD)
    stored = await _stored(ledger)
    assert digest(signed.token) in stored
    assert not [secret for secret in (link, PASSWORD, signed.token, signed.device) if secret in stored]


# Signing in


async def test_the_right_password_signs_in_in_any_spelling_of_the_name(
    desk_staff: Staff, ann: SignedIn
) -> None:
    signed = await desk_staff.sign_in(" ANN lee ", PASSWORD, address=HERE)
    assert await desk_staff.session(signed.token)
    assert signed.token != ann.token


@pytest.mark.parametrize(
    ("name", "password"), [("Ann Lee", "wrong " + PASSWORD), ("Eve", PASSWORD), ("", "")]
)
async def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(
    desk_staff: Staff, ann: SignedIn, name: str, password: str
) -> None:
    with pytest.raises(SignInRefused) as refused:
        await desk_staff.sign_in(name, password, address=HERE)
    assert refused.value.reason == "wrong"


async def test_guessing_is_stopped_even_where_the_last_guess_is_right(
    desk_staff: Staff, ann: SignedIn
) -> None:
    for _ in range(BY_NAME_AND_ADDRESS):
        with pytest.raises(SignInRefused):
            await desk_staff.sign_in("Ann Lee", "wrong " + PASSWORD, address=HERE)
    with pytest.raises(SignInRefused) as refused:
        await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE)
    assert refused.value.reason == "too-many"


async def test_while_strangers_guess_the_known_browser_still_gets_in(
    desk_staff: Staff, ann: SignedIn
) -> None:
    for _ in range(BY_NAME_AND_ADDRESS + 5):
        with pytest.raises(SignInRefused):
            await desk_staff.sign_in("Ann Lee", "wrong " + PASSWORD, address=HERE)
    signed = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, device=ann.device)
    assert signed.person.name == "Ann Lee"


async def test_a_known_browser_guesses_no_further_than_a_stranger(desk_staff: Staff, ann: SignedIn) -> None:
    for _ in range(BY_DEVICE):
        with pytest.raises(SignInRefused):
            await desk_staff.sign_in("Ann Lee", "wrong " + PASSWORD, address=HERE, device=ann.device)
    with pytest.raises(SignInRefused) as refused:
        await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, device=ann.device)
    assert refused.value.reason == "too-many"


async def test_a_browser_known_for_one_person_is_a_stranger_to_another(
    desk_staff: Staff, ann: SignedIn
) -> None:
    tom = await _invited(desk_staff)
    for _ in range(BY_NAME_AND_ADDRESS):
        with pytest.raises(SignInRefused):
            await desk_staff.sign_in("Ann Lee", "wrong " + PASSWORD, address=HERE, device=tom.device)
    with pytest.raises(SignInRefused) as refused:
        await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, device=tom.device)
    assert refused.value.reason == "too-many"


async def test_a_browser_is_known_under_a_new_token_after_each_sign_in(
    desk_staff: Staff, ann: SignedIn, ledger: FaultyLedger
) -> None:
    again = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, device=ann.device)
    stored = await _stored(ledger)
    assert digest(again.device) in stored
    assert digest(ann.device) not in stored


async def test_a_browser_is_forgotten_after_ninety_days(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock
) -> None:
    clock.advance(DEVICE_LASTS)
    for _ in range(BY_NAME_AND_ADDRESS):
        with pytest.raises(SignInRefused):
            await desk_staff.sign_in("Ann Lee", "wrong " + PASSWORD, address=HERE, device=ann.device)
    with pytest.raises(SignInRefused) as refused:
        await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, device=ann.device)
    assert refused.value.reason == "too-many"


async def test_a_password_of_an_older_cost_is_hashed_again_on_signing_in(
    ledger: FaultyLedger, clock: FixedClock, ann: SignedIn
) -> None:
    dearer = FAST.__class__(time_cost=2, memory_cost=8, parallelism=1)
    throttle = Throttle(MemorySignals(clock), b"k" * 32)
    later = Staff(ledger, throttle, clock, key=KEY, passwords=Passwords(dearer))
    await later.sign_in("Ann Lee", PASSWORD, address=HERE)
    stored = await _stored(ledger)
    assert "t=2" in stored
    assert "t=1" not in stored


# Sessions


async def test_a_session_ends_after_an_idle_hour(desk_staff: Staff, ann: SignedIn, clock: FixedClock) -> None:
    clock.advance(IDLE)
    assert await desk_staff.session(ann.token) is None


async def test_being_seen_keeps_a_session_alive_up_to_twelve_hours(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock
) -> None:
    alive = 0
    while session := await desk_staff.session(ann.token):
        await desk_staff.seen(session)
        clock.advance(IDLE / 2)
        alive += 1
    assert alive == ABSOLUTE / (IDLE / 2)


async def test_looking_at_a_session_does_not_keep_it_alive(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock
) -> None:
    clock.advance(IDLE / 2)
    assert await desk_staff.session(ann.token)
    clock.advance(IDLE / 2)
    assert await desk_staff.session(ann.token) is None


async def test_a_session_whose_use_cannot_be_noted_still_serves(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock, ledger: FaultyLedger
) -> None:
    clock.advance(IDLE / 2)
    session = await desk_staff.session(ann.token)
    assert session is not None
    ledger.fail_with(LedgerUnavailable("the disk is full"), on=("transact",))
    await desk_staff.seen(session)
    assert await desk_staff.session(ann.token)


@pytest.mark.parametrize("token", ["", "made up", "\ud800", "x" * 5_000])
async def test_a_token_that_was_made_up_is_nobody(desk_staff: Staff, ann: SignedIn, token: str) -> None:
    assert await desk_staff.session(token) is None


async def test_the_stored_hash_is_no_token(desk_staff: Staff, ann: SignedIn) -> None:
    assert await desk_staff.session(digest(ann.token)) is None


async def test_signing_out_ends_this_session_and_no_other(desk_staff: Staff, ann: SignedIn) -> None:
    other = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE)
    session = await desk_staff.session(ann.token)
    assert session is not None
    await desk_staff.sign_out(session)
    assert await desk_staff.session(ann.token) is None
    assert await desk_staff.session(other.token)


async def test_signing_out_everywhere_ends_all_of_one_person(desk_staff: Staff, ann: SignedIn) -> None:
    other = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE)
    tom = await _invited(desk_staff)
    session = await desk_staff.session(ann.token)
    assert session is not None
    assert len(await desk_staff.open_sessions(session.person.id)) == 2
    assert await desk_staff.sign_out_everywhere(session) == 2
    assert await desk_staff.session(other.token) is None
    assert await desk_staff.session(tom.token)


async def test_ones_own_sessions_are_listed_with_the_kind_of_browser_the_last_used_first(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock
) -> None:
    await _invited(desk_staff)
    clock.advance(IDLE / 2)
    other = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, browser=Browser.FIREFOX)
    listed = await desk_staff.open_sessions(ann.person.id)
    assert [session.digest for session in listed] == [digest(other.token), digest(ann.token)]
    assert [session.browser for session in listed] == [Browser.FIREFOX, Browser.OTHER]


async def test_a_session_that_is_over_is_not_listed(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock
) -> None:
    clock.advance(IDLE)
    assert await desk_staff.open_sessions(ann.person.id) == ()


async def test_one_of_ones_own_sessions_can_be_ended_and_that_is_recorded(
    desk_staff: Staff, ledger: FaultyLedger, ann: SignedIn
) -> None:
    other = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE)
    mine, theirs = await _session(desk_staff, ann), await _session(desk_staff, other)
    assert await desk_staff.end_session(mine, theirs.handle) is False
    assert await desk_staff.session(other.token) is None
    assert await desk_staff.session(ann.token)
    assert (await _trail(ledger))[-1] == ("Ann Lee", "session_ended", "Ann Lee")


async def test_ending_this_very_session_says_so(desk_staff: Staff, ann: SignedIn) -> None:
    mine = await _session(desk_staff, ann)
    assert await desk_staff.end_session(mine, mine.handle) is True
    assert await desk_staff.session(ann.token) is None


async def test_nobody_can_end_a_colleagues_session_by_its_handle(desk_staff: Staff, ann: SignedIn) -> None:
    tom = await _invited(desk_staff)
    mine, theirs = await _session(desk_staff, ann), await _session(desk_staff, tom)
    with pytest.raises(InputRefused):
        await desk_staff.end_session(mine, theirs.handle)
    assert await desk_staff.session(tom.token)


async def test_all_sessions_of_a_colleague_can_be_ended_and_no_other(
    desk_staff: Staff, ledger: FaultyLedger, ann: SignedIn
) -> None:
    tom = await _invited(desk_staff)
    mine = await _session(desk_staff, ann)
    assert await desk_staff.end_sessions_of(mine, tom.person.id) == 1
    assert await desk_staff.session(tom.token) is None
    assert await desk_staff.session(ann.token)
    assert (await _trail(ledger))[-1] == ("Ann Lee", "sessions_ended", "Tom")


async def test_the_sessions_of_somebody_unknown_cannot_be_ended(desk_staff: Staff, ann: SignedIn) -> None:
    with pytest.raises(InputRefused):
        await desk_staff.end_sessions_of(await _session(desk_staff, ann), "nobody")


async def test_changing_the_password_keeps_the_word_for_this_browser(
    desk_staff: Staff, ann: SignedIn
) -> None:
    signed = await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE, browser=Browser.SAFARI)
    await desk_staff.change_password(await _session(desk_staff, signed), PASSWORD, f"{PASSWORD} again")
    (left,) = await desk_staff.open_sessions(ann.person.id)
    assert left.browser is Browser.SAFARI


async def test_what_is_over_is_swept_away_at_the_next_sign_in(
    desk_staff: Staff, ann: SignedIn, clock: FixedClock, ledger: FaultyLedger
) -> None:
    clock.advance(IDLE)
    await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE)
    assert digest(ann.token) not in await _stored(ledger)


# Passwords and access


async def test_a_new_password_ends_every_other_session(desk_staff: Staff, ann: SignedIn) -> None:
    session = await desk_staff.session(ann.token)
    assert session is not None
    fresh = await desk_staff.change_password(session, PASSWORD, "another four words stand there")
    assert await desk_staff.session(ann.token) is None
    assert await desk_staff.session(fresh.token)
    with pytest.raises(SignInRefused):
        await desk_staff.sign_in("Ann Lee", PASSWORD, address=HERE)
    signed = await desk_staff.sign_in("Ann Lee", "another four words stand there", address=HERE)
    assert signed.person.id == ann.person.id


async def test_without_the_old_password_nothing_changes(desk_staff: Staff, ann: SignedIn) -> None:
    session = await desk_staff.session(ann.token)
    assert session is not None
    with pytest.raises(InputRefused) as refused:
        await desk_staff.change_password(session, "wrong", "another four words stand there")
    assert refused.value.reason == "password-wrong"
    assert await desk_staff.session(ann.token)


async def test_an_open_screen_cannot_be_used_to_guess_the_old_password(
    desk_staff: Staff, ann: SignedIn
) -> None:
    session = await desk_staff.session(ann.token)
    assert session is not None
    for _ in range(BY_DEVICE):
        with pytest.raises(InputRefused):
            await desk_staff.change_password(session, "wrong", "another four words stand there")
    with pytest.raises(SignInRefused):
        await desk_staff.change_password(session, PASSWORD, "another four words stand there")


async def test_taking_access_away_ends_everything_at_once(desk_staff: Staff, ann: SignedIn) -> None:
    tom = await _invited(desk_staff)
    session = await desk_staff.session(ann.token)
    assert session is not None
    await desk_staff.end_access(session, tom.person.id)
    assert await desk_staff.session(tom.token) is None
    with pytest.raises(SignInRefused):
        await desk_staff.sign_in("Tom", PASSWORD, address=ELSEWHERE)
    with pytest.raises(InputRefused):
        await _invited(desk_staff, "Tom")


async def test_nobody_can_take_their_own_access_away(desk_staff: Staff, ann: SignedIn) -> None:
    session = await desk_staff.session(ann.token)
    assert session is not None
    with pytest.raises(InputRefused) as refused:
        await desk_staff.end_access(session, ann.person.id)
    assert refused.value.reason == "person-self"


async def test_access_that_nobody_has_cannot_be_taken(desk_staff: Staff, ann: SignedIn) -> None:
    session = await desk_staff.session(ann.token)
    assert session is not None
    with pytest.raises(InputRefused) as refused:
        await desk_staff.end_access(session, "made up")
    assert refused.value.reason == "person-unknown"


# The trail


async def test_everything_people_do_stands_in_the_trail(
    desk_staff: Staff, ledger: FaultyLedger, ann: SignedIn
) -> None:
    tom = await _invited(desk_staff)
    with pytest.raises(SignInRefused):
        await desk_staff.sign_in("Tom", "wrong", address=HERE)
    await desk_staff.sign_in("Tom", PASSWORD, address=HERE)
    toms = await desk_staff.session(tom.token)
    anns = await desk_staff.session(ann.token)
    assert toms is not None
    assert anns is not None
    await desk_staff.sign_out(toms)
    again = await desk_staff.change_password(anns, PASSWORD, "another four words stand there")
    await desk_staff.end_access(anns, tom.person.id)
    last = await desk_staff.session(again.token)
    assert last is not None
    await desk_staff.sign_out_everywhere(last)
    assert await _trail(ledger) == [
        ("operator", "person_invited", ""),
        ("Ann Lee", "person_joined", "Ann Lee"),
        ("Ann Lee", "person_invited", ""),
        ("Tom", "person_joined", "Tom"),
        ("nobody", "sign_in_failed", "Tom"),
        ("Tom", "signed_in", "Tom"),
        ("Tom", "signed_out", "Tom"),
        ("Ann Lee", "password_changed", "Ann Lee"),
        ("Ann Lee", "access_ended", "Tom"),
        ("Ann Lee", "signed_out_everywhere", "Ann Lee"),
    ]
    assert (await ledger.read(lambda conn: verify(conn, trail))).ok


async def test_a_name_that_nobody_has_leaves_nothing_in_the_trail(
    desk_staff: Staff, ledger: FaultyLedger, ann: SignedIn
) -> None:
    before = await _trail(ledger)
    with pytest.raises(SignInRefused):
        await desk_staff.sign_in("my password typed into the wrong box", "x", address=HERE)
    assert await _trail(ledger) == before


async def test_what_cannot_be_recorded_is_not_done(
    desk_staff: Staff, ledger: FaultyLedger, ann: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LedgerUnavailable("the trail cannot be written")

    monkeypatch.setattr("desk.staff.accounts.record", broken)
    session = await desk_staff.session(ann.token)
    assert session is not None
    with pytest.raises(LedgerUnavailable):
        await desk_staff.sign_out(session)
    assert await desk_staff.session(ann.token)


# Roles


async def test_somebody_is_what_their_invitation_said(desk_staff: Staff, ann: SignedIn) -> None:
    link = await desk_staff.invite("Ann Lee", frozenset({Role.AUDITOR}))
    assert (await desk_staff.join(link, "Tom", PASSWORD)).person.roles == {Role.AUDITOR}


async def test_the_first_person_is_what_the_desk_says(ledger: FaultyLedger, clock: FixedClock) -> None:
    throttle = Throttle(MemorySignals(clock), b"k" * 32)
    first = frozenset({Role.ADMIN})
    team = Staff(ledger, throttle, clock, key=KEY, first=first, passwords=Passwords(FAST))
    assert (await _first(team)).person.roles == {Role.ADMIN}


async def test_given_roles_count_at_once_and_stand_in_the_trail(
    desk_staff: Staff, ann: SignedIn, ledger: FaultyLedger
) -> None:
    tom = await _invited(desk_staff)
    session = await desk_staff.session(ann.token)
    assert session is not None
    await desk_staff.give_roles(session, tom.person.id, frozenset({Role.STATISTICIAN}))
    now = await desk_staff.session(tom.token)
    assert now is not None
    assert now.person.roles == {Role.STATISTICIAN}
    assert (await _trail(ledger))[-1] == ("Ann Lee", "roles_changed", "Tom")


async def test_nobody_gives_themselves_a_role_and_nobody_has_none(desk_staff: Staff, ann: SignedIn) -> None:
    tom = await _invited(desk_staff)
    session = await desk_staff.session(ann.token)
    assert session is not None
    for person, roles in (
        (ann.person.id, {Role.AUDITOR}),
        (tom.person.id, set()),
        ("nobody", {Role.AUDITOR}),
    ):
        with pytest.raises(InputRefused):
            await desk_staff.give_roles(session, person, frozenset(roles))
    with pytest.raises(InputRefused):
        await desk_staff.invite("Ann Lee", frozenset())


async def test_of_two_admins_who_put_each_other_out_at_once_one_stays(
    desk_staff: Staff, ann: SignedIn
) -> None:
    tom = await _invited(desk_staff)
    hers, his = await desk_staff.session(ann.token), await desk_staff.session(tom.token)
    assert hers is not None
    assert his is not None
    await desk_staff.end_access(hers, tom.person.id)
    with pytest.raises(InputRefused) as refused:
        await desk_staff.end_access(his, ann.person.id)
    assert refused.value.reason == "last-admin"
