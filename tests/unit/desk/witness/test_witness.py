"""The head of the trail, told outside: when, how, and what it finds when the trail was tampered with."""

import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given as any_of
from hypothesis import strategies as st

from core.delivery.bells import MailBell, Notice
from core.dialogue.texts import Texts
from core.errors import DestinationDown, InputRefused
from core.evidence.keys import DeskKeys, KeyFolder, TagKey
from core.evidence.sealing import new_key
from core.evidence.signatures import SigningKey, new_signing_key
from core.ledger import trail as chain
from core.ledger.leases import Held, Leases
from core.ledger.schedules import Schedule
from core.ledger.trail import Entry, Head, record
from core.settings.model import Alarm
from core.testing.clock import START, FixedClock
from core.testing.ids import counting_ids
from core.testing.ledger import FaultyLedger
from desk.tables import leases, trail
from desk.witness.checking import Checked, Finding, checked, given
from desk.witness.statement import SignedHead, found_in, is_genuine, signed, written
from desk.witness.telling import ANYWAY, LOOK_EVERY, MOVED, HeadTelling, Told, is_due

KEY = new_signing_key()
HEAD = Head(3, "a" * 64)


class Contact:
    """Somebody outside who keeps what they are told, or is not there."""

    name = "contact"

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.away = False

    async def tell(self, notice: Notice) -> None:
        if self.away:
            raise DestinationDown("unreachable")
        self.told.append(notice)


@pytest.fixture
def contact() -> Contact:
    return Contact()


@pytest.fixture(scope="session")
def keys() -> DeskKeys:
    return DeskKeys(current=new_key(), reference=TagKey(b"r" * 32), linking=TagKey(b"l" * 32), signing=KEY)


@pytest.fixture
def telling(
    faulty: FaultyLedger, contact: Contact, keys: DeskKeys, clock: FixedClock, texts: Texts
) -> HeadTelling:
    return HeadTelling(faulty, [contact], keys, clock, partial(texts.say, language="en"))


@pytest.fixture
def schedule(faulty: FaultyLedger, telling: HeadTelling, clock: FixedClock) -> Schedule:
    return Schedule(Leases(faulty, leases, clock, counting_ids()), "heads", LOOK_EVERY, telling.turn)


async def act(ledger: FaultyLedger, times: int = 1) -> None:
    for number in range(times):
        entry = Entry(at=START, who="Ann", action="looked", target=str(number))
        await ledger.transact(partial(record, table=trail, entry=entry))


async def turns(schedule: Schedule, clock: FixedClock, hours: float) -> None:
    """Looked at every half hour for so long."""
    for _ in range(int(hours * 2)):
        clock.advance(3 * LOOK_EVERY)
        await schedule.turn()


# When.


@pytest.mark.parametrize(
    ("head", "told", "due"),
    [
        (Head(0, "0" * 64), None, False),
        (HEAD, None, True),
        (HEAD, Told(HEAD, START), False),
        (HEAD, Told(HEAD, START - ANYWAY), True),
        (HEAD, Told(Head(2, "b" * 64), START), False),
        (HEAD, Told(Head(2, "b" * 64), START - MOVED), True),
        (HEAD, Told(HEAD, START - MOVED), False),
    ],
    ids=["nothing yet", "first", "same", "a day", "moved just now", "moved an hour", "same an hour"],
)
def test_it_is_told_hourly_when_it_moved_and_daily_anyway(
    head: Head,
    told: Told | None,
    due: bool,
) -> None:
    assert is_due(head, told, START) is due


async def test_over_days_of_one_act_each_it_is_told_then_and_once_a_day(
    schedule: Schedule, contact: Contact, clock: FixedClock, faulty: FaultyLedger
) -> None:
    for _ in range(2):
        await act(faulty)
        await turns(schedule, clock, 24)
    entries = [int(notice.data["entries"]) for notice in contact.told]
    assert set(entries) == {1, 2}
    assert len(entries) <= 4


async def test_what_nobody_took_is_told_at_the_next_look(
    schedule: Schedule, contact: Contact, clock: FixedClock, faulty: FaultyLedger
) -> None:
    await act(faulty)
    contact.away = True
    await turns(schedule, clock, 1)
    contact.away = False
    await turns(schedule, clock, 0.5)
    assert len(contact.told) == 1


async def test_whoever_lost_the_lease_keeps_nothing(
    telling: HeadTelling, contact: Contact, faulty: FaultyLedger
) -> None:
    from core.errors import LeaseLost

    await act(faulty)
    with pytest.raises(LeaseLost):
        await telling.turn(Held("schedule/heads", "somebody", 1))


def test_without_a_key_or_a_contact_it_is_not_even_begun(
    faulty: FaultyLedger, keys: DeskKeys, clock: FixedClock, texts: Texts, contact: Contact
) -> None:
    words = partial(texts.say, language="en")
    without = DeskKeys(current=keys.current, reference=keys.reference, linking=keys.linking)
    assert not HeadTelling(faulty, [], keys, clock, words).can
    assert not HeadTelling(faulty, [contact], without, clock, words).can
    assert HeadTelling(faulty, [contact], keys, clock, words).can


# How.


async def test_the_mail_itself_is_read_again(
    schedule: Schedule, contact: Contact, clock: FixedClock, faulty: FaultyLedger, texts: Texts
) -> None:
    """As the mail server gets it, and as somebody passes it on."""
    await act(faulty, 2)
    await schedule.turn()
    (notice,) = contact.told
    settings = Alarm(mail_to=("a@desk.example",), mail_from="l@desk.example", smtp_host="localhost")
    letter = MailBell(settings, "", partial(texts.say, language="en"), clock=clock)._letter(
        notice.subject, notice.text, settings.mail_to
    )
    raw = letter.as_bytes(policy=email.policy.SMTP).decode()
    quoted = "".join(f"> {line}\n" for line in letter.get_content().splitlines())
    for text in (raw, quoted, " ".join(notice.text.split())):
        (head,) = found_in(text)
        assert is_genuine(head, KEY.public)
        assert head.entries == 2
    assert "2 lines" in letter["Subject"]
    assert isinstance(letter, EmailMessage)


@any_of(entries=st.integers(0, 10**12), hashed=st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_what_is_written_is_read_again(entries: int, hashed: str) -> None:
    head = signed(Head(entries, hashed), START, KEY)
    assert found_in(f"Hello,\n{written(head)}\nBye") == (head,)
    assert all(len(line) <= 76 for line in written(head).splitlines())


@pytest.mark.parametrize(
    "change",
    [
        {"trail": "road"},
        {"entries": 4},
        {"hash": "b" * 64},
        {"at": START + timedelta(seconds=1)},
        {"key": new_signing_key().public},
        {"signature": "0" * 128},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_head_with_anything_changed_is_not_genuine(change: dict[str, Any]) -> None:
    assert not is_genuine(signed(HEAD, START, KEY)._replace(**change), KEY.public)


@any_of(text=st.text())
def test_any_other_text_holds_no_head(text: str) -> None:
    assert found_in(text) == ()


def test_a_date_that_there_is_not_is_no_head() -> None:
    assert found_in(written(signed(HEAD, START, KEY)).replace("-03-04T", "-02-30T")) == ()


# What it finds.

FOUR_LEFT = "UPDATE trail_head SET entries = 4, hash = (SELECT hash FROM trail WHERE seq = 4)"


async def findings(ledger: FaultyLedger, *heads: SignedHead, key: SigningKey = KEY) -> list[Finding]:
    found = await ledger.read(partial(checked, table=trail, heads=heads, public=key.public))
    assert all(isinstance(each, Checked) for each in found)
    return [each.finding for each in found]


async def head_of(ledger: FaultyLedger) -> SignedHead:
    return signed(await ledger.read(partial(chain.head, table=trail)), START, KEY)


async def tamper(ledger: FaultyLedger, *statements: str) -> None:
    def change(conn: sa.Connection) -> None:
        for statement in statements:
            conn.execute(sa.text(statement))

    await ledger.transact(change)


async def test_a_trail_that_went_on_holds_every_head(faulty: FaultyLedger) -> None:
    heads = []
    for _ in range(3):
        await act(faulty)
        heads.append(await head_of(faulty))
    assert await findings(faulty, *heads) == [Finding.HOLDS] * 3


async def test_a_cut_tail_is_found_though_the_chain_is_whole(faulty: FaultyLedger) -> None:
    await act(faulty, 5)
    head = await head_of(faulty)
    await tamper(faulty, "DELETE FROM trail WHERE seq = 5", FOUR_LEFT)
    assert (await faulty.read(partial(chain.verify, table=trail))).ok
    assert await findings(faulty, head) == [Finding.CUT]


async def test_a_tail_that_was_cut_and_grown_again_is_found(faulty: FaultyLedger) -> None:
    await act(faulty, 5)
    head = await head_of(faulty)
    await tamper(faulty, "DELETE FROM trail WHERE seq = 5", FOUR_LEFT)
    await faulty.transact(
        partial(record, table=trail, entry=Entry(at=START, who="Bob", action="looked", target="9"))
    )
    assert (await faulty.read(partial(chain.verify, table=trail))).ok
    assert await findings(faulty, head) == [Finding.REWRITTEN]


async def test_a_head_that_somebody_else_signed_accuses_nobody(faulty: FaultyLedger) -> None:
    await act(faulty)
    forged = signed(Head(99, "b" * 64), START, new_signing_key())
    assert await findings(faulty, forged) == [Finding.NOT_SIGNED]


def test_a_head_comes_from_a_file_or_a_line_and_its_key_from_the_folder_or_the_line(
    tmp_path: Path, clock: FixedClock
) -> None:
    keys = KeyFolder(tmp_path / "keys", clock)
    file = tmp_path / "mail.eml"
    file.write_text(f"To: me\n\n{written(signed(HEAD, START, KEY))}")
    own = keys.desk(create=True).signer.public
    assert given(str(file), None, keys)[1] == own
    assert given(str(file), KEY.public, keys) == given(file.read_text(), KEY.public, keys)
    for told, key in ((str(file), "short"), ("nothing", None)):
        with pytest.raises(InputRefused):
            given(told, key, keys)
