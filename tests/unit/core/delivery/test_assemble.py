from functools import partial

import msgspec
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from core.delivery.assemble import Parcel, assemble
from core.delivery.model import Fault, Leased
from core.delivery.wire import Delivery, ItemKind
from core.ids import ItemId, PartId, ReportId
from core.ledger.port import Change
from core.ledger.road import parts, reports, road
from core.ledger.sqlite import SqliteLedger
from core.testing.clock import START
from core.testing.outbox import COMMUNITY, DESK, PLATFORM, SentReports

EARLIER = b"""\
{"item":"00000000000000000000000000000001","kind":"report","report":"00000000000000000000000000000001",\
"draft":"0000000000000000000000000000000000000000000000000000000000000001","community":"a-community",\
"platform":"web","desk":"desk","standing":"practice","urgent":false,"sent_at":"2026-03-04T05:06:07Z",\
"parts":[{"id":"00000000000000000000000000000002","kind":"answers","sealed":"YQ=="},\
{"id":"00000000000000000000000000000003","kind":"answers","sealed":"Yg=="}]}"""
"""What lies half delivered during an upgrade must go out unchanged, or the desk takes it for a forgery.
Whoever has to change this adds a version to the wire instead."""


def leased(item: ItemId, kind: ItemKind = ItemKind.REPORT, *, attempts: int = 1, fence: int = 1) -> Leased:
    return Leased(
        item=item,
        report=ReportId(item),
        kind=kind,
        destination=DESK,
        urgent=False,
        attempts=attempts,
        fence=fence,
        fault=Fault.NONE,
    )


async def parcel(ledger: SqliteLedger, one: Leased) -> Parcel:
    return (await ledger.read(partial(assemble, leased=[one])))[one.item]


async def test_a_parcel_says_what_the_ledger_has_and_the_wire_takes_it(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    item = await sent.send(sealed=[b"\x00first", b"second\xff"])
    found = await parcel(ledger, leased(item))
    delivery = msgspec.json.decode(found.body, type=Delivery)
    assert (delivery.item, delivery.report, delivery.kind) == (item, ReportId(item), ItemKind.REPORT)
    assert (delivery.community, delivery.platform, delivery.desk) == (COMMUNITY, PLATFORM, DESK)
    assert delivery.sent_at == START
    assert [part.sealed for part in delivery.parts] == [b"\x00first", b"second\xff"]
    assert found.parts == tuple(part.id for part in delivery.parts)


async def test_every_attempt_has_the_same_bytes(ledger: SqliteLedger, sent: SentReports) -> None:
    item = await sent.send(sealed=[b"a", b"b", b"c"])
    first = await parcel(ledger, leased(item))
    assert await parcel(ledger, leased(item, attempts=9, fence=9)) == first


async def test_an_earlier_version_sent_the_same_bytes(ledger: SqliteLedger, sent: SentReports) -> None:
    item = await sent.send(sealed=[b"a", b"b"])
    found = await parcel(ledger, leased(item))
    assert found.body == EARLIER


async def test_a_report_or_its_parts_that_are_gone_make_no_parcel(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    without_parts, without_report = await sent.send(sealed=[]), await sent.send()
    gone = sa.delete(reports).where(reports.c.id == without_report)
    await ledger.append(Change(gone, [{}]))
    both = [leased(without_parts), leased(without_report)]
    assert await ledger.read(partial(assemble, leased=both)) == {}


async def test_those_assembled_together_have_the_bytes_of_those_assembled_alone(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    report = await sent.send(sealed=[b"a", b"b"])
    added = Leased(**msgspec.structs.asdict(leased(await sent.add(report))) | {"report": ReportId(report)})
    several = [leased(report), added, leased(await sent.send(sealed=[b"c"]))]
    together = await ledger.read(partial(assemble, leased=several))
    assert together == {one.item: await parcel(ledger, one) for one in several}


async def test_one_that_nobody_understands_keeps_no_other_from_its_parcel(
    ledger: SqliteLedger, sent: SentReports
) -> None:
    odd, other = await sent.send(), await sent.send()
    renamed = sa.update(reports).where(reports.c.id == odd).values(standing="of a later version")
    await ledger.append(Change(renamed, [{}]))
    assert list(await ledger.read(partial(assemble, leased=[leased(odd), leased(other)]))) == [other]


async def test_parts_of_other_items_stay_out(ledger: SqliteLedger, sent: SentReports) -> None:
    item, _ = await sent.send(sealed=[b"mine"]), await sent.send(sealed=[b"theirs"])
    delivery = msgspec.json.decode((await parcel(ledger, leased(item))).body, type=Delivery)
    assert [part.sealed for part in delivery.parts] == [b"mine"]


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(6)), sealed=st.lists(st.binary(min_size=1), min_size=6, max_size=6))
def test_the_order_in_which_parts_were_stored_changes_no_byte(order: list[int], sealed: list[bytes]) -> None:
    def bytes_of(indices: list[int]) -> bytes:
        engine = sa.create_engine("sqlite://")
        with engine.begin() as conn:
            road.create_all(conn)
            conn.execute(sa.insert(reports), _report("1" * 32))
            for index in indices:
                conn.execute(sa.insert(parts), _part(index, sealed[index]))
            (found,) = assemble(conn, [leased(ItemId("1" * 32))]).values()
        engine.dispose()
        return found.body

    assert bytes_of(order) == bytes_of(list(range(6)))


def _report(item: str) -> dict[str, object]:
    return {
        "id": item,
        "draft": "0" * 64,
        "community": COMMUNITY,
        "platform": PLATFORM,
        "desk": DESK,
        "standing": "practice",
        "urgent": False,
        "reference_tag": "1" * 64,
        "may_push": False,
        "sent_at": START,
    }


def _part(index: int, sealed: bytes) -> dict[str, object]:
    return {
        "id": PartId(f"{index:032x}"),
        "draft": "0" * 64,
        "desk": DESK,
        "kind": "answers",
        "item": "1" * 32,
        "sealed": sealed,
        "created_at": START,
    }
