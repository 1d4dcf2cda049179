"""What proves somebody at the desk works once, on each engine."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from core.evidence.keys import TagKey
from core.ledger.port import Ledger
from core.signals.memory import MemorySignals
from core.testing.clock import FixedClock
from desk.staff.accounts import Staff
from desk.staff.model import CodeWanted, Session, SignInRefused
from desk.staff.passwords import Passwords
from desk.staff.proving import Place
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import Throttle
from desk.tables import DESK
from tests.desk_room import FAST, PASSWORD
from tests.ledgers import drop, on_postgres, opened, postgres_url
from tests.passkey_device import Device

HERE = Place("desk.example", "https://desk.example")
ADDRESS = "192.0.2.1"


@pytest.fixture(params=["sqlite", "postgresql"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Ledger]:
    if request.param == "sqlite":
        kept = await opened(tmp_path / "desk.sqlite", DESK, clock)
        yield kept
        await kept.close()
        return
    server = request.getfixturevalue("postgres_server")
    url = await postgres_url(server, DESK, clock)
    there = on_postgres(url, DESK, clock)
    await there.open()
    yield there
    await there.close()
    drop(server, url)


@pytest.fixture
def team(ledger: Ledger, clock: FixedClock) -> Staff:
    throttle = Throttle(MemorySignals(clock), b"k" * 32)
    return Staff(ledger, throttle, clock, key=StaffKey(TagKey(b"s" * 32)), passwords=Passwords(FAST))


@pytest.fixture
async def ann(team: Staff) -> Session:
    link = await team.first_link()
    assert link is not None
    session = await team.session((await team.join(link, "Ann Lee", PASSWORD)).token)
    assert session is not None
    return session


async def _step(team: Staff) -> str:
    with pytest.raises(CodeWanted) as wanted:
        await team.sign_in("Ann Lee", PASSWORD, address=ADDRESS)
    return wanted.value.step


@pytest.mark.parametrize("what", ["code", "recovery"])
async def test_a_code_is_taken_once(team: Staff, ann: Session, clock: FixedClock, what: str) -> None:
    offer = team.second.offer(ann, "Lifebelt")
    app = pyotp.TOTP(offer.secret)
    recovery = await team.second.set_up(ann, offer.sealed, app.at(clock.now()), PASSWORD)
    clock.advance(timedelta(seconds=30))
    code = app.at(clock.now()) if what == "code" else recovery[0]
    signed = await team.sign_in_with_code(await _step(team), code)
    session = await team.session(signed.token)
    assert session is not None
    assert session.has_codes is True
    with pytest.raises(SignInRefused, match="wrong"):
        await team.sign_in_with_code(await _step(team), code)


async def test_an_answer_of_a_passkey_is_taken_once(team: Staff, ann: Session) -> None:
    device = Device(HERE.origin, counts=False)
    asked = await team.passkeys.ask_to_make(ann, HERE, "Lifebelt")
    await team.passkeys.make(ann, HERE, asked.sealed, device.make(asked.options), PASSWORD)
    asked = team.passkeys.ask_to_sign_in(HERE)
    answer = device.show(asked.options)
    signed = await team.sign_in_with_passkey(HERE, asked.sealed, answer, address=ADDRESS)
    assert signed.person == ann.person
    with pytest.raises(SignInRefused, match="passkey"):
        await team.sign_in_with_passkey(HERE, asked.sealed, answer, address=ADDRESS)
