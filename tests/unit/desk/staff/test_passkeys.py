"""Passkeys: made with the password, good for one sign-in each time they are shown, and ended."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused
from core.evidence.keys import TagKey
from core.ledger.sqlite import SqliteLedger
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from desk.staff import proving
from desk.staff.accounts import Staff
from desk.staff.model import Session, SignedIn, SignInRefused
from desk.staff.passkeys import ASKED_LASTS, MOST
from desk.staff.passwords import Passwords
from desk.staff.proving import Place, place_of
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import BY_ADDRESS, Throttle
from desk.tables import DESK, staff, trail
from tests.desk_room import FAST, PASSWORD
from tests.passkey_device import Device

ORIGIN = "https://desk.example"
HERE = Place("desk.example", ORIGIN)
ADDRESS = "192.0.2.1"


@pytest.fixture
async def ledger(tmp_path: Path, clock: FixedClock) -> AsyncIterator[SqliteLedger]:
    made = SqliteLedger(tmp_path / "desk.db", DESK, clock)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def team(ledger: SqliteLedger, clock: FixedClock) -> Staff:
    throttle = Throttle(MemorySignals(clock), b"k" * 32)
    return Staff(ledger, throttle, clock, key=StaffKey(TagKey(b"s" * 32)), passwords=Passwords(FAST))


@pytest.fixture
async def ann(team: Staff) -> Session:
    link = await team.first_link()
    assert link is not None
    return await _session(team, await team.join(link, "Ann Lee", PASSWORD))


@pytest.fixture
async def device(team: Staff, ann: Session) -> Device:
    """Ann Lee's, with a passkey made."""
    return await _made(team, ann)


async def _session(team: Staff, signed: SignedIn) -> Session:
    session = await team.session(signed.token)
    assert session is not None
    return session


async def _colleague(team: Staff, name: str = "Tom") -> Session:
    return await _session(team, await team.join(await team.invite(), name, PASSWORD))


async def _made(team: Staff, session: Session, device: Device | None = None) -> Device:
    device = device or Device(ORIGIN)
    asked = await team.passkeys.ask_to_make(session, HERE, "Lifebelt")
    await team.passkeys.make(session, HERE, asked.sealed, device.make(asked.options), PASSWORD)
    return device


async def _sign_in(team: Staff, device: Device, place: Place = HERE) -> SignedIn:
    asked = team.passkeys.ask_to_sign_in(HERE)
    return await team.sign_in_with_passkey(place, asked.sealed, device.show(asked.options), address=ADDRESS)


async def _deeds(ledger: SqliteLedger) -> list[tuple[str, str, str, str]]:
    wanted = sa.select(trail.c.who, trail.c.action, trail.c.target, trail.c.detail).order_by(trail.c.seq)
    return await ledger.read(lambda conn: [(row[0], row[1], row[2], row[3]) for row in conn.execute(wanted)])


# Making one


async def test_a_passkey_is_listed_and_recorded(team: Staff, ann: Session, ledger: SqliteLedger) -> None:
    await _made(team, ann)
    (kept,) = await team.passkeys.of_person(ann.person.id)
    assert kept.used_at is None
    assert (await _deeds(ledger))[-1][:3] == ("Ann Lee", "passkey_made", "Ann Lee")


async def test_none_is_kept_with_a_wrong_password(team: Staff, ann: Session) -> None:
    asked = await team.passkeys.ask_to_make(ann, HERE, "Lifebelt")
    with pytest.raises(InputRefused, match="password-wrong"):
        await team.passkeys.make(ann, HERE, asked.sealed, Device(ORIGIN).make(asked.options), "wrong")
    assert await team.passkeys.of_person(ann.person.id) == ()


@pytest.mark.parametrize(
    "device",
    [Device("https://evil.example"), Device(ORIGIN, verified=False)],
    ids=["of another site", "holder not verified"],
)
async def test_none_is_kept_that_another_site_asked_for_or_that_anybody_could_use(
    team: Staff, ann: Session, device: Device
) -> None:
    with pytest.raises(InputRefused, match="passkey-not-made"):
        await _made(team, ann, device)


async def test_what_one_person_was_asked_makes_no_passkey_for_another(team: Staff, ann: Session) -> None:
    tom = await _colleague(team)
    asked = await team.passkeys.ask_to_make(tom, HERE, "Lifebelt")
    with pytest.raises(InputRefused, match="passkey-not-made"):
        await team.passkeys.make(ann, HERE, asked.sealed, Device(ORIGIN).make(asked.options), PASSWORD)


async def test_what_the_sign_in_page_asked_makes_no_passkey(team: Staff, ann: Session) -> None:
    asked = team.passkeys.ask_to_sign_in(HERE)
    with pytest.raises(InputRefused, match="passkey-not-made"):
        await team.passkeys.make(ann, HERE, asked.sealed, Device(ORIGIN).make(asked.options), PASSWORD)


async def test_a_passkey_that_somebody_has_is_not_given_to_another(
    team: Staff, ann: Session, device: Device
) -> None:
    tom = await _colleague(team)
    with pytest.raises(InputRefused, match="passkey-not-made"):
        await _made(team, tom, device)
    assert await team.passkeys.holders() == {ann.person.id}


async def test_ten_passkeys_are_enough_for_one_person(team: Staff, ann: Session, clock: FixedClock) -> None:
    for _ in range(MOST):
        await _made(team, ann)
        clock.advance(timedelta(minutes=2))
    with pytest.raises(InputRefused, match="passkeys-many"):
        await _made(team, ann)


# Signing in


async def test_a_passkey_signs_in_without_a_password(
    team: Staff, device: Device, ledger: SqliteLedger, clock: FixedClock
) -> None:
    signed = await _sign_in(team, device)
    assert signed.person.name == "Ann Lee"
    assert (await _deeds(ledger))[-1] == ("Ann Lee", "signed_in", "Ann Lee", '{"by":"passkey"}')
    (kept,) = await team.passkeys.of_person(signed.person.id)
    assert kept.used_at == clock.now()


async def test_an_answer_is_taken_once_also_where_the_passkey_counts_nothing(
    team: Staff, ann: Session
) -> None:
    device = await _made(team, ann, Device(ORIGIN, counts=False))
    asked = team.passkeys.ask_to_sign_in(HERE)
    answer = device.show(asked.options)
    await team.sign_in_with_passkey(HERE, asked.sealed, answer, address=ADDRESS)
    with pytest.raises(SignInRefused, match="passkey"):
        await team.sign_in_with_passkey(HERE, asked.sealed, answer, address=ADDRESS)


async def test_an_answer_is_good_for_an_hour(team: Staff, device: Device, clock: FixedClock) -> None:
    asked = team.passkeys.ask_to_sign_in(HERE)
    answer = device.show(asked.options)
    clock.advance(ASKED_LASTS + timedelta(seconds=1))
    with pytest.raises(SignInRefused, match="passkey"):
        await team.sign_in_with_passkey(HERE, asked.sealed, answer, address=ADDRESS)


async def test_an_answer_to_something_else_signs_nobody_in(team: Staff, device: Device) -> None:
    asked, other = team.passkeys.ask_to_sign_in(HERE), team.passkeys.ask_to_sign_in(HERE)
    with pytest.raises(SignInRefused, match="passkey"):
        await team.sign_in_with_passkey(HERE, asked.sealed, device.show(other.options), address=ADDRESS)


async def test_an_answer_that_another_site_got_signs_nobody_in(team: Staff, device: Device) -> None:
    device.origin = "https://evil.example"
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, device)


async def test_a_passkey_that_nobody_made_here_signs_nobody_in(team: Staff, device: Device) -> None:
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, Device(ORIGIN))


async def test_another_key_under_the_same_name_signs_nobody_in(team: Staff, device: Device) -> None:
    forged = Device(ORIGIN, uses=100)
    forged.id = device.id
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, forged)


async def test_a_copy_whose_counter_stayed_behind_signs_nobody_in(team: Staff, device: Device) -> None:
    device.uses = 50
    await _sign_in(team, device)
    device.uses = 50
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, device)


async def test_who_lost_access_does_not_come_in_by_passkey(team: Staff, ann: Session, device: Device) -> None:
    tom = await _colleague(team)
    theirs = await _made(team, tom)
    await team.end_access(ann, tom.person.id)
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, theirs)
    assert (await _sign_in(team, device)).person.name == "Ann Lee"


async def test_one_address_may_show_thirty_passkeys_in_a_while(team: Staff, device: Device) -> None:
    for _ in range(BY_ADDRESS):
        with pytest.raises(SignInRefused, match="passkey"):
            await team.sign_in_with_passkey(HERE, "", "{}", address=ADDRESS)
    with pytest.raises(SignInRefused, match="too-many"):
        await _sign_in(team, device)


# Ending one


async def test_an_ended_passkey_signs_nobody_in(
    team: Staff, ann: Session, device: Device, ledger: SqliteLedger
) -> None:
    (kept,) = await team.passkeys.of_person(ann.person.id)
    await team.passkeys.end(ann, kept.made.id)
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, device)
    assert (await _deeds(ledger))[-1][:3] == ("Ann Lee", "passkey_ended", "Ann Lee")


async def test_nobody_ends_a_colleagues_passkey(team: Staff, ann: Session, device: Device) -> None:
    tom = await _colleague(team)
    (kept,) = await team.passkeys.of_person(ann.person.id)
    with pytest.raises(InputRefused, match="passkey-unknown"):
        await team.passkeys.end(tom, kept.made.id)
    assert await team.passkeys.of_person(ann.person.id) == (kept,)


async def test_an_admin_takes_passkeys_away_with_all_else(team: Staff, ann: Session) -> None:
    tom = await _colleague(team)
    theirs = await _made(team, tom)
    await team.second.take_away(ann, tom.person.id)
    with pytest.raises(SignInRefused, match="passkey"):
        await _sign_in(team, theirs)


# Where, and what


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://desk.example", "desk.example"),
        ("https://desk.example:8443", "desk.example"),
        ("http://localhost:8471", "localhost"),
        ("http://desk.example", None),
        ("http://127.0.0.1:8471", None),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]", None),
        ("http://localhost.evil.example", None),
    ],
)
def test_passkeys_work_over_https_with_a_name_or_on_this_machine(origin: str, host: str | None) -> None:
    found = place_of(origin)
    assert (found and found.host) == host


@given(st.one_of(st.text(max_size=200), st.just("[" * 60_000), st.just('{"id": 1}')))
def test_what_no_browser_would_say_is_no_passkey(said: str) -> None:
    known = proving.Made("AAAA", "AAAA", 0)
    assert proving.made(said, HERE, "AAAA") is None
    assert proving.used(said, known, HERE, "AAAA") is None
    assert isinstance(proving.id_of(said), str)


async def test_only_the_public_half_lies_in_the_ledger(
    team: Staff, device: Device, ledger: SqliteLedger
) -> None:
    rows = await ledger.read(lambda conn: conn.execute(sa.select(staff.passkeys)).mappings().all())
    assert set(rows[0]) == {"id", "person", "public_key", "uses", "browser", "made_at", "used_at"}
