"""The intake over a real server on loopback, with real signatures."""

import asyncio
import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.checkpoints import KillPoint
from core.delivery import wire
from core.delivery.signing import new_secret, sign
from core.errors import LedgerUnavailable, LedgerUnknown
from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, ItemId, RoadName
from core.ledger import trail as chain
from core.reports.model import Answers, Standing
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of
from core.testing.ledger import FaultyLedger
from desk.receiving import CONFLICT
from desk.service import DeskService
from desk.tables import deliveries, parts, reports, trail
from tests.desk_roads import OTHER_ROAD, ROAD, Caller, Make

MB = 1_000_000


async def rows(desk: DeskService, table: sa.Table) -> list[dict[str, Any]]:
    return await desk.ledger.read(
        lambda conn: [dict(row) for row in conn.execute(sa.select(table)).mappings()]
    )


async def test_a_delivery_is_committed_and_answered_with_when(
    caller: Caller, desk: DeskService, make: Make, clock: FixedClock, passed: list[KillPoint]
) -> None:
    made = make()
    answer = await caller.deliver(made.delivery())
    assert answer.accepted() == wire.Accepted(item=ItemId(made.id), received_at=clock.now())
    assert [row["id"] for row in await rows(desk, reports)] == [made.id]
    assert passed == [KillPoint.RECEIVE]


async def test_the_parts_lie_there_as_they_came(caller: Caller, desk: DeskService, make: Make) -> None:
    delivery = make(answers=Answers(team_may_know_name=True)).delivery()
    await caller.deliver(delivery)
    kept = {row["id"]: (row["kind"], row["sealed"]) for row in await rows(desk, parts)}
    assert kept == {part.id: (part.kind.value, part.sealed) for part in delivery.parts}
    assert {part.kind for part in delivery.parts} == {
        PartKind.ANSWERS,
        PartKind.REPORTED,
        PartKind.IDENTITY,
        PartKind.NAMED,
    }


async def test_a_repetition_is_answered_the_same_and_changes_nothing(
    caller: Caller, desk: DeskService, make: Make, clock: FixedClock
) -> None:
    delivery = make().delivery()
    first = await caller.deliver(delivery)
    clock.advance(timedelta(minutes=3))
    again = await caller.deliver(delivery)
    assert again.accepted() == first.accepted()
    assert len(await rows(desk, reports)) == 1
    assert len(await rows(desk, parts)) == len(delivery.parts)


async def test_twenty_at_once_of_the_same_are_stored_once(
    caller: Caller, desk: DeskService, make: Make
) -> None:
    delivery = make().delivery()
    answers = await asyncio.gather(*(caller.deliver(delivery) for _ in range(20)))
    assert len({answer.accepted() for answer in answers}) == 1
    assert len(await rows(desk, deliveries)) == 1


async def test_the_same_id_with_other_bytes_is_a_conflict_that_alarms_and_changes_nothing(
    caller: Caller, desk: DeskService, make: Make, logged: list[dict[str, Any]]
) -> None:
    made = make()
    first = made.delivery()
    await caller.deliver(first)
    before = await rows(desk, parts)
    other = made.delivery()  # sealed again, so other bytes
    for _ in range(2):
        answer = await caller.deliver(other)
        assert (answer.status, answer.refusal().code) == (409, "conflict")
    assert await rows(desk, parts) == before
    noted = await rows(desk, trail)
    assert [(row["action"], row["target"]) for row in noted] == [(CONFLICT, made.id)]
    assert hashlib.sha256(body_of(other)).hexdigest() in noted[0]["detail"]
    assert [event["event"] for event in logged].count(CONFLICT) == 2
    assert await desk.ledger.read(lambda conn: chain.verify(conn, trail).ok)


async def test_one_report_under_two_items_is_a_conflict(caller: Caller, make: Make) -> None:
    made = make()
    await caller.deliver(made.delivery())
    twin = msgspec.structs.replace(made.delivery(), item=ItemId("another"))
    assert (await caller.deliver(twin)).refusal().code == "conflict"


async def test_late_parts_and_supplements_may_come_before_their_report(
    caller: Caller, desk: DeskService, make: Make
) -> None:
    made = make()
    await caller.deliver(made.late())
    await caller.deliver(made.supplement(Answers(own_words="more")))
    assert await rows(desk, reports) == []
    await caller.deliver(made.delivery())
    assert len(await rows(desk, reports)) == 1
    assert {row["report"] for row in await rows(desk, parts)} == {made.id}


async def test_nothing_can_be_added_to_the_report_of_another_road(
    caller: Caller,
    desk: DeskService,
    make: Make,
    stranger: Caller,
) -> None:
    made = make()
    await caller.deliver(made.delivery())
    answer = await stranger.deliver(made.late())
    assert (answer.status, answer.refusal().code) == (422, "unknown_report")
    assert len(await rows(desk, deliveries)) == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"desk": DeskName("elsewhere")}, "unknown_desk"),
        ({"standing": Standing.SPECIALIST}, "unknown_desk"),  # practice may not look live
        ({"community": CommunityId("nobody")}, "unknown_community"),
        ({"parts": ()}, "malformed"),
        ({"kind": wire.ItemKind.PART}, "wrong_parts"),
        ({"sent_at": datetime(1, 1, 1, tzinfo=UTC)}, "malformed"),
        ({"sent_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}, "malformed"),
        ({"community": CommunityId("school\n")}, "malformed"),
        ({"community": CommunityId("scho\u202eol")}, "malformed"),
        ({"community": CommunityId("s" * 257)}, "malformed"),
        ({"draft": "short"}, "malformed"),
        ({"platform": "we\x00b"}, "malformed"),
        ({"report": ""}, "malformed"),
    ],
)
async def test_what_cannot_be_so_is_refused_with_its_code_and_stores_nothing(
    caller: Caller, desk: DeskService, make: Make, wrong: dict[str, Any], code: str
) -> None:
    answer = await caller.deliver(msgspec.structs.replace(make().delivery(), **wrong))
    assert answer.refusal().code == code
    assert answer.status == (400 if code == "malformed" else 422)
    assert await rows(desk, deliveries) == []


async def test_a_report_has_its_answers_once(caller: Caller, make: Make) -> None:
    delivery = make().delivery()
    without = tuple(part for part in delivery.parts if part.kind is not PartKind.ANSWERS)
    answer = await caller.deliver(msgspec.structs.replace(delivery, parts=without))
    assert answer.refusal() == wire.Refusal(code="wrong_parts", message="A report has its answers once.")


async def test_two_parts_of_one_id_are_refused(caller: Caller, make: Make) -> None:
    delivery = make().delivery()
    doubled = (*delivery.parts, delivery.parts[1])
    answer = await caller.deliver(msgspec.structs.replace(delivery, parts=doubled))
    assert answer.refusal().code == "wrong_parts"


async def test_the_item_must_be_the_id_that_was_signed(caller: Caller, make: Make) -> None:
    answer = await caller.post(wire.DELIVERIES, body_of(make().delivery()), message_id="other")
    assert (answer.status, answer.refusal().code) == (400, "other_id")


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1,not base64"},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "yesterday"},
        {"webhook-id": ""},
        {"webhook-id": "a.b"},
        {wire.ROAD_HEADER: ""},
        {wire.ROAD_HEADER: "unknown"},
        {wire.ROAD_HEADER: OTHER_ROAD},
    ],
)
async def test_a_bad_or_missing_signature_is_401(
    caller: Caller, desk: DeskService, make: Make, headers: dict[str, str]
) -> None:
    delivery = make().delivery()
    answer = await caller.deliver(delivery, headers=headers)
    assert (answer.status, answer.refusal().code) == (401, "unsigned")
    assert answer.headers["WWW-Authenticate"]
    assert await rows(desk, deliveries) == []


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_what_was_signed_too_long_ago_or_too_far_ahead_is_401(
    caller: Caller, make: Make, clock: FixedClock, secrets: dict[RoadName, list[str]], seconds: int
) -> None:
    delivery = make().delivery()
    at = clock.now() + timedelta(seconds=seconds)
    signed = sign(secrets[ROAD][0], delivery.item, at, body_of(delivery))
    assert (await caller.deliver(delivery, headers=signed)).status == 401
    just = at - timedelta(seconds=seconds // 301)
    signed = sign(secrets[ROAD][0], delivery.item, just, body_of(delivery))
    assert (await caller.deliver(delivery, headers=signed)).status == 202


async def test_a_signature_over_other_bytes_is_401(caller: Caller, make: Make, secrets: Any) -> None:
    delivery = make().delivery()
    signed = sign(secrets[ROAD][0], delivery.item, make().now, b"{}")
    assert (await caller.deliver(delivery, headers=signed)).status == 401


async def test_a_road_that_is_revoked_while_running_is_401(
    caller: Caller, desk: DeskService, make: Make
) -> None:
    delivery = make().delivery()
    assert (await caller.deliver(delivery)).status == 202
    roads: Any = desk._roads
    del roads[ROAD]
    assert (await caller.deliver(delivery)).status == 401


async def test_while_a_secret_is_changed_both_are_taken(
    caller: Caller, desk: DeskService, make: Make, secrets: Any, clock: FixedClock
) -> None:
    fresh = new_secret()
    roads: Any = desk._roads
    roads[ROAD] = [fresh, secrets[ROAD][0]]
    old, new = make().delivery(), make().delivery()
    assert (await caller.deliver(old)).status == 202
    signed = sign(fresh, new.item, clock.now(), body_of(new))
    assert (await caller.deliver(new, headers=signed)).status == 202


async def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_413(caller: Caller) -> None:
    assert (await caller.post(wire.DELIVERIES, b" " * MB)).status == 400
    answer = await caller.post(wire.DELIVERIES, b" " * (MB + 1))
    assert (answer.status, answer.refusal().code) == (413, "too_large")


async def test_a_body_without_a_length_is_cut_off_at_the_limit(caller: Caller) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield b" " * 10_000

    headers = {
        **sign(new_secret(), "a", datetime.now(UTC), b""),
        wire.ROAD_HEADER: ROAD,
        "Content-Type": "application/json",
    }
    answer = await caller.send("POST", wire.DELIVERIES, data=endless(), headers=headers)
    assert (answer.status, answer.refusal().code) == (413, "too_large")


async def test_a_body_that_does_not_arrive_is_not_waited_for(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.intake.BODY_WITHIN_S", 0.05)
    never = asyncio.Event()

    async def stuck() -> Any:
        yield b"{"
        await never.wait()

    headers = {wire.ROAD_HEADER: ROAD, "Content-Type": "application/json"}
    answer = await caller.send("POST", wire.DELIVERIES, data=stuck(), headers=headers)
    assert (answer.status, answer.refusal().code) == (408, "too_slow")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"item":',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        '{"item":"é"}'.encode("utf-16"),
        '{"item":"é"}'.encode(),
        b'{"item":"\\ud800"}',
        b'{"item":"\\udc00\\ud800"}',
        b'{"item":"\\u0000"}',
        b'{"item":' + b"[" * 200_000,
        b'{"x":' + b'{"x":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"item":"a"} {"item":"b"}',
        b'{"sent_at":"2026-02-30T00:00:00Z"}',
        b"NaN",
        b'{"item":1e999}',
    ],
)
@pytest.mark.parametrize("path", [wire.DELIVERIES, wire.NEWS_ACKNOWLEDGED, wire.STATUS])
async def test_what_is_no_such_json_is_400_or_unsigned_and_never_500(
    caller: Caller, path: str, body: bytes
) -> None:
    try:
        body.decode()
    except UnicodeDecodeError:  # nobody can have signed it
        headers = {**sign(new_secret(), "a", datetime.now(UTC), b""), wire.ROAD_HEADER: ROAD}
        headers["Content-Type"] = "application/json"
        answer = await caller.send("POST", path, data=body, headers=headers)
        assert answer.refusal().code == "unsigned"
    else:
        answer = await caller.post(path, body)
        assert (answer.status, answer.refusal().code) == (400, "malformed")


async def test_a_refusal_names_the_place_and_repeats_nothing_sent(caller: Caller, make: Make) -> None:
    delivery = msgspec.to_builtins(make().delivery())
    delivery["parts"][1]["kind"] = "CANARY"
    answer = await caller.post(wire.DELIVERIES, json.dumps(delivery).encode())
    assert "At $.parts[1].kind." in answer.refusal().message
    assert b"CANARY" not in answer.body
    delivery = msgspec.to_builtins(make().delivery()) | {"CANARY": 1}
    answer = await caller.post(wire.DELIVERIES, json.dumps(delivery).encode())
    assert answer.status == 400
    assert b"CANARY" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_another_type_or_encoding_is_415(caller: Caller, make: Make, headers: dict[str, str]) -> None:
    delivery = make().delivery()
    body = body_of(delivery)
    signed = sign("whsec_" + "A" * 44, delivery.item, make().now, body)
    sent = {**signed, wire.ROAD_HEADER: ROAD, "Content-Type": "application/json", **headers}
    data = gzip.compress(body) if "Content-Encoding" in headers else body
    answer = await caller.send("POST", wire.DELIVERIES, data=data, headers=sent)
    assert (answer.status, answer.refusal().code) == (415, "not_json")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_another_method_is_405_and_says_which_is_taken(caller: Caller, method: str) -> None:
    answer = await caller.send(method, wire.DELIVERIES)
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    if method != "HEAD":
        assert answer.refusal().code == "method"


async def test_another_address_is_404_in_json(caller: Caller) -> None:
    answer = await caller.send("POST", wire.API + "/nothing")
    assert (answer.status, answer.refusal().code) == (404, "not_found")


@pytest.mark.parametrize("fault", [LedgerUnavailable("full"), LedgerUnknown("lost")])
async def test_what_cannot_be_stored_is_never_acknowledged(
    caller: Caller, faulty: FaultyLedger, make: Make, fault: LedgerUnavailable | LedgerUnknown
) -> None:
    delivery = make().delivery()
    faulty.fail_with(fault)
    answer = await caller.deliver(delivery)
    assert (answer.status, answer.refusal().code) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    faulty.fail_with(None)
    assert (await caller.deliver(delivery)).status == 202


async def test_what_was_stored_although_the_answer_got_lost_is_taken_once(
    caller: Caller, desk: DeskService, faulty: FaultyLedger, make: Make
) -> None:
    delivery = make().delivery()
    faulty.lose_after_commit()
    assert (await caller.deliver(delivery)).status == 503
    faulty.lose_after_commit(losing=False)
    assert (await caller.deliver(delivery)).status == 202
    assert len(await rows(desk, reports)) == 1


async def test_the_202_waits_for_the_commit(caller: Caller, faulty: FaultyLedger, make: Make) -> None:
    faulty.hold()
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(caller.deliver(make().delivery()))
        await faulty.arrived.wait()
        assert not asked.done()
        faulty.release()
    assert asked.result().status == 202


async def test_a_fault_of_ours_is_500_in_json_and_logs_no_value(
    caller: Caller,
    desk: DeskService,
    make: Make,
    logged: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("CANARY")

    monkeypatch.setattr(desk, "receive", broken)
    answer = await caller.deliver(make().delivery())
    assert (answer.status, answer.refusal().code) == (500, "failed")
    assert "RuntimeError" in str(logged)
    assert "CANARY" not in str(logged)
    assert b"CANARY" not in answer.body


async def test_every_answer_forbids_caches_and_guessing(caller: Caller, make: Make) -> None:
    for answer in (
        await caller.deliver(make().delivery()),
        await caller.send("GET", wire.OPENAPI),
        await caller.send("GET", wire.DELIVERIES),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(body=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
async def test_no_bytes_at_all_break_it(caller: Caller, body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError:
        return
    assert (await caller.post(wire.DELIVERIES, body)).refusal().code == "malformed"
