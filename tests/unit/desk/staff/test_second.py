"""The second factor: setting it up, signing in with it, and losing it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa

from core.errors import InputRefused
from core.evidence.keys import TagKey
from core.ledger.sqlite import SqliteLedger
from core.ledger.trail import verify
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from desk.staff.accounts import Staff
from desk.staff.model import IDLE, CodeWanted, Session, SignedIn, SignInRefused
from desk.staff.passwords import Passwords
from desk.staff.second import OFFER_LASTS, STEP_LASTS, FirstStep
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import BY_CODE, WINDOW, Throttle
from desk.tables import DESK, staff, trail
from tests.desk_room import FAST, PASSWORD

HERE = "192.0.2.1"
KEY = StaffKey(TagKey(b"s" * 32))
STEP = timedelta(seconds=30)


@pytest.fixture
async def ledger(tmp_path: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "desk.db", DESK, clock)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def team(ledger: SqliteLedger, clock: FixedClock) -> Staff:
    throttle = Throttle(MemorySignals(clock), b"k" * 32)
    return Staff(ledger, throttle, clock, key=KEY, passwords=Passwords(FAST))


@pytest.fixture
async def ann(team: Staff) -> Session:
    link = await team.first_link()
    assert link is not None
    return await _session(team, await team.join(link, "Ann Lee", PASSWORD))


async def _session(team: Staff, signed: SignedIn) -> Session:
    session = await team.session(signed.token)
    assert session is not None
    return session


async def _colleague(team: Staff, name: str = "Tom") -> Session:
    return await _session(team, await team.join(await team.invite(), name, PASSWORD))


async def _set_up(team: Staff, session: Session, clock: FixedClock) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """The person's app, at the step after the one that proved it; and their recovery codes."""
    offer = team.second.offer(session, "Lifebelt")
    app = pyotp.TOTP(offer.secret)
    recovery = await team.second.set_up(session, offer.sealed, app.at(clock.now()), PASSWORD)
    clock.advance(STEP)
    return app, recovery


async def _step(team: Staff, name: str = "Ann Lee", password: str = PASSWORD) -> str:
    with pytest.raises(CodeWanted) as wanted:
        await team.sign_in(name, password, address=HERE)
    return wanted.value.step


async def _deeds(ledger: SqliteLedger) -> list[tuple[str, str, str, str]]:
    wanted = sa.select(trail.c.who, trail.c.action, trail.c.target, trail.c.detail).order_by(trail.c.seq)
    return await ledger.read(lambda conn: [(row[0], row[1], row[2], row[3]) for row in conn.execute(wanted)])


# Setting it up


async def test_a_secret_counts_once_its_first_code_was_typed(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    offer = team.second.offer(ann, "Lifebelt")
    assert (await team.second.state(ann.person.id)).set_at is None
    await team.second.set_up(ann, offer.sealed, pyotp.TOTP(offer.secret).at(clock.now()), PASSWORD)
    state = await team.second.state(ann.person.id)
    assert state.set_at == clock.now()
    assert state.recovery_left == 10


async def test_a_wrong_first_code_sets_nothing_up(team: Staff, ann: Session, clock: FixedClock) -> None:
    offer = team.second.offer(ann, "Lifebelt")
    wrong = pyotp.TOTP(offer.secret).at(clock.now() - timedelta(hours=1))
    with pytest.raises(InputRefused, match="code-wrong"):
        await team.second.set_up(ann, offer.sealed, wrong, PASSWORD)
    assert await team.second.holders() == frozenset()


async def test_a_wrong_password_sets_nothing_up(team: Staff, ann: Session, clock: FixedClock) -> None:
    offer = team.second.offer(ann, "Lifebelt")
    with pytest.raises(InputRefused, match="password-wrong"):
        await team.second.set_up(ann, offer.sealed, pyotp.TOTP(offer.secret).at(clock.now()), "wrong")
    assert await team.second.holders() == frozenset()


async def test_after_a_mistake_the_same_secret_is_offered_again(team: Staff, ann: Session) -> None:
    offer = team.second.offer(ann, "Lifebelt")
    assert team.second.offer(ann, "Lifebelt", offer.sealed) == offer
    assert team.second.offer(ann, "Lifebelt") != offer


async def test_an_offer_is_good_for_half_an_hour(team: Staff, ann: Session, clock: FixedClock) -> None:
    offer = team.second.offer(ann, "Lifebelt")
    clock.advance(OFFER_LASTS + timedelta(seconds=1))
    with pytest.raises(InputRefused, match="offer-over"):
        await team.second.set_up(ann, offer.sealed, pyotp.TOTP(offer.secret).at(clock.now()), PASSWORD)


async def test_what_was_offered_to_one_person_is_nothing_to_another(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    tom = await _colleague(team)
    offer = team.second.offer(tom, "Lifebelt")
    with pytest.raises(InputRefused, match="offer-over"):
        await team.second.set_up(ann, offer.sealed, pyotp.TOTP(offer.secret).at(clock.now()), PASSWORD)
    assert team.second.offer(ann, "Lifebelt", offer.sealed).secret != offer.secret


async def test_neither_the_secret_nor_a_code_lies_in_the_ledger(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    app, recovery = await _set_up(team, ann, clock)

    def rows(conn: sa.Connection) -> str:
        return repr([tuple(row) for table in staff for row in conn.execute(sa.select(table))])

    stored = await ledger.read(rows)
    assert "Ann Lee" in stored  # the search works
    for secret in (app.secret, *recovery, *(code.replace("-", "") for code in recovery)):
        assert secret not in stored


async def test_a_secret_moved_to_another_person_counts_for_nobody(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    tom = await _colleague(team)
    app, _ = await _set_up(team, ann, clock)
    await _set_up(team, tom, clock)

    def swap(conn: sa.Connection) -> None:
        mine = sa.select(staff.codes.c.secret).where(staff.codes.c.person == ann.person.id).scalar_subquery()
        conn.execute(sa.update(staff.codes).values(secret=mine))

    await ledger.transact(swap)
    step = await _step(team, "Tom")
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(step, app.at(clock.now()))


# Signing in


async def test_name_password_and_code_sign_in(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    app, _ = await _set_up(team, ann, clock)
    signed = await team.sign_in_with_code(await _step(team), app.at(clock.now()))
    assert signed.person.name == "Ann Lee"
    assert await team.session(signed.token)
    assert (await _deeds(ledger))[-1] == ("Ann Lee", "signed_in", "Ann Lee", '{"by":"code"}')


async def test_a_code_is_never_taken_twice(team: Staff, ann: Session, clock: FixedClock) -> None:
    app, _ = await _set_up(team, ann, clock)
    code = app.at(clock.now())
    await team.sign_in_with_code(await _step(team), code)
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(await _step(team), code)


async def test_the_code_that_set_it_up_signs_nobody_in(team: Staff, ann: Session, clock: FixedClock) -> None:
    app, _ = await _set_up(team, ann, clock)
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(await _step(team), app.at(clock.now() - STEP))


async def test_a_recovery_code_signs_in_once(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    _, recovery = await _set_up(team, ann, clock)
    assert (await team.sign_in_with_code(await _step(team), recovery[3].lower())).token
    assert (await _deeds(ledger))[-1][3] == '{"by":"recovery"}'
    assert (await team.second.state(ann.person.id)).recovery_left == 9
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(await _step(team), recovery[3])


async def test_a_recovery_code_is_worth_nothing_to_a_colleague(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    tom = await _colleague(team)
    _, recovery = await _set_up(team, ann, clock)
    await _set_up(team, tom, clock)
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(await _step(team, "Tom"), recovery[0])


@pytest.mark.parametrize(
    ("name", "password"), [("Ann Lee", "wrong"), ("Eve Who", PASSWORD), ("Eve Who", "wrong")]
)
async def test_where_anybody_has_codes_whatever_was_wrong_also_leads_to_the_second_step(
    team: Staff, ann: Session, clock: FixedClock, name: str, password: str
) -> None:
    app, recovery = await _set_up(team, ann, clock)
    right = await _step(team)
    step = await _step(team, name, password)
    assert len(step) == len(right)
    for code in (app.at(clock.now()), recovery[0]):
        with pytest.raises(SignInRefused, match="wrong"):
            await team.sign_in_with_code(step, code)


async def test_a_colleague_without_codes_still_signs_in_by_password(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    await _colleague(team)
    await _set_up(team, ann, clock)
    assert (await team.sign_in("Tom", PASSWORD, address=HERE)).token


async def test_a_failed_code_is_recorded_without_it(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    await _set_up(team, ann, clock)
    with pytest.raises(SignInRefused):
        await team.sign_in_with_code(await _step(team), "000000")
    assert (await _deeds(ledger))[-1] == ("nobody", "sign_in_failed", "Ann Lee", '{"by":"code"}')


async def _guess(team: Staff, step: str, device: str = "") -> str:
    """Why a made-up code is refused."""
    with pytest.raises(SignInRefused) as refused:
        await team.sign_in_with_code(step, "000000", device=device)
    return refused.value.reason


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
async def test_after_one_password_ten_codes_may_be_tried_whether_or_not_it_was_right(
    team: Staff, ann: Session, clock: FixedClock, password: str
) -> None:
    await _set_up(team, ann, clock)
    step = await _step(team, password=password)
    assert [await _guess(team, step) for _ in range(BY_CODE + 1)] == ["wrong"] * BY_CODE + ["too-many"]


async def test_who_knows_the_password_guesses_at_ten_codes_in_a_while_and_is_not_told(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    app, _ = await _set_up(team, ann, clock)
    step = await _step(team)
    for _ in range(BY_CODE):
        await _guess(team, step)
    lines = len(await _deeds(ledger))
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(await _step(team), app.at(clock.now()))
    assert len(await _deeds(ledger)) == lines
    clock.advance(WINDOW)
    assert (await team.sign_in_with_code(await _step(team), app.at(clock.now()))).token


async def test_a_browser_that_is_known_is_not_kept_out_by_who_guesses_elsewhere(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    known = await team.sign_in("Ann Lee", PASSWORD, address=HERE)
    app, _ = await _set_up(team, ann, clock)
    step = await _step(team)
    for _ in range(BY_CODE):
        await _guess(team, step)
    signed = await team.sign_in_with_code(await _step(team), app.at(clock.now()), device=known.device)
    assert signed.person == ann.person


async def test_who_does_not_know_the_password_keeps_nobody_out_by_guessing_at_codes(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    app, _ = await _set_up(team, ann, clock)
    for _ in range(3):
        step = await _step(team, password="wrong")
        for _ in range(BY_CODE):
            await _guess(team, step)
    assert (await team.sign_in_with_code(await _step(team), app.at(clock.now()))).token


async def test_the_second_step_must_follow_within_five_minutes(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    app, _ = await _set_up(team, ann, clock)
    step = await _step(team)
    clock.advance(STEP_LASTS + timedelta(seconds=1))
    with pytest.raises(SignInRefused, match="step-over"):
        await team.sign_in_with_code(step, app.at(clock.now()))


async def test_a_step_from_before_a_change_of_password_is_too_late(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    app, _ = await _set_up(team, ann, clock)
    step = await _step(team)
    await team.change_password(ann, PASSWORD, f"{PASSWORD} again")
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(step, app.at(clock.now()))


async def test_a_made_up_step_signs_nobody_in(team: Staff, ann: Session, clock: FixedClock) -> None:
    app, _ = await _set_up(team, ann, clock)
    forged = StaffKey(TagKey(b"x" * 32)).seal(FirstStep(person=ann.person.id, stamp=""), clock.now())
    for step in ("", "made up", forged):
        with pytest.raises(SignInRefused, match="step-over"):
            await team.sign_in_with_code(step, app.at(clock.now()))


# Losing it


async def test_an_admin_takes_a_lost_second_factor_away_and_the_password_alone_signs_in(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    tom = await _colleague(team)
    await _set_up(team, tom, clock)
    await team.second.take_away(ann, tom.person.id)
    assert (await _deeds(ledger))[-1][:3] == ("Ann Lee", "second_factor_ended", "Tom")
    assert await team.open_sessions(tom.person.id) == ()
    assert (await team.sign_in("Tom", PASSWORD, address=HERE)).token
    assert (await team.second.state(tom.person.id)).recovery_left == 0


async def test_nobody_takes_their_own_second_factor_away(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    await _set_up(team, ann, clock)
    with pytest.raises(InputRefused, match="second-self"):
        await team.second.take_away(ann, ann.person.id)
    assert await team.second.holders() == {ann.person.id}


async def test_where_there_is_none_none_is_taken_away_and_nobody_signed_out(
    team: Staff, ann: Session
) -> None:
    tom = await _colleague(team)
    for person, why in ((tom.person.id, "second-none"), ("nobody", "person-unknown")):
        with pytest.raises(InputRefused, match=why):
            await team.second.take_away(ann, person)
    assert await team.open_sessions(tom.person.id)


async def test_setting_it_up_anew_makes_the_old_app_and_the_old_codes_useless(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    old, old_recovery = await _set_up(team, ann, clock)
    new, _ = await _set_up(team, ann, clock)
    for code in (old.at(clock.now()), old_recovery[0]):
        with pytest.raises(SignInRefused, match="wrong"):
            await team.sign_in_with_code(await _step(team), code)
    assert (await team.sign_in_with_code(await _step(team), new.at(clock.now()))).token


async def test_the_second_factor_of_who_lost_access_makes_nobody_type_codes(
    team: Staff, ann: Session, clock: FixedClock
) -> None:
    tom = await _colleague(team)
    await _set_up(team, tom, clock)
    await team.end_access(ann, tom.person.id)
    with pytest.raises(SignInRefused, match="wrong") as refused:
        await team.sign_in("Ann Lee", "wrong", address=HERE)
    assert not isinstance(refused.value, CodeWanted)


async def test_the_trail_of_it_all_is_whole(
    team: Staff, ann: Session, ledger: SqliteLedger, clock: FixedClock
) -> None:
    app, _ = await _set_up(team, ann, clock)
    await team.sign_in_with_code(await _step(team), app.at(clock.now()))
    clock.advance(IDLE)
    verdict = await ledger.read(lambda conn: verify(conn, trail))
    assert verdict.ok
    assert "second_factor_set" in [deed[1] for deed in await _deeds(ledger)]
