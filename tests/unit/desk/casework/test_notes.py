"""Notes are sealed, read only on record, found by words that lie nowhere, and survive new keys."""

from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputRefused
from core.evidence.keys import DeskKeys, TagKey
from core.evidence.sealing import new_key, open_part
from core.ids import ReportId
from core.testing.clock import FixedClock
from desk.casework import notes
from desk.casework.acts import By
from desk.casework.model import CaseState, NoteKind
from desk.casework.searching import Found, Wanted, search
from desk.casework.service import NOTES_READ, Casework
from desk.resealing import reseal
from desk.service import DeskService
from desk.tables import DESK, casework, trail
from tests.desk_cases import CALM, URGENT, deeds, reported
from tests.desk_roads import LIVE, Make

CANARY = "zanzibar quokka"


async def found(work: Casework, **wanted: object) -> list[ReportId]:
    return [row.report for row in (await work.search(Wanted(**wanted), by="Ann")).rows]  # type: ignore[arg-type]


async def test_a_note_is_read_back_with_who_wrote_it_and_that_is_on_record(
    desk: DeskService, make: Make, work: Casework, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, f"  {CANARY}\n", by="Ann")
    (note,) = await work.read_notes(made.id, by="Tom")
    assert (note.text, note.note.by, note.note.at) == (CANARY, "Ann", clock.now())
    assert (await deeds(desk))[-1] == ("Tom", NOTES_READ)


async def test_nothing_that_was_written_lies_in_the_ledger(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made = await reported(desk, make, **URGENT)
    await work.note(made.id, NoteKind.TASK, CANARY, by="Ann")
    await work.search(Wanted(text=CANARY), by="Ann")

    def everything(conn: sa.Connection) -> str:
        tables = DESK.metadata.sorted_tables
        return repr([tuple(row) for table in tables for row in conn.execute(sa.select(table))])

    lies = await desk.ledger.read(everything)
    assert not [word for word in CANARY.split() if word in lies]


def test_a_note_opens_with_the_recovery_key_alone(keys: DeskKeys) -> None:
    recovery = new_key()
    sealing = replace(keys, recovery=(recovery.public,))
    written = notes.Written(sealing, ReportId("r"), "n", NoteKind.NOTE, CANARY)
    _, body = open_part(written.row["sealed"], [recovery])
    assert body.decode() == CANARY


@pytest.mark.parametrize("text", ["", " \n", "x" * (notes.LONGEST + 1)])
async def test_nothing_and_too_much_are_refused(
    desk: DeskService, make: Make, work: Casework, text: str
) -> None:
    made = await reported(desk, make, **CALM)
    with pytest.raises(InputRefused):
        await work.note(made.id, NoteKind.NOTE, text, by="Ann")
    assert await work.read_notes(made.id, by="Ann") == ()


async def test_a_task_is_done_once(desk: DeskService, make: Make, work: Casework) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.TASK, "ring the school", by="Ann")
    (task,) = await work.read_notes(made.id, by="Ann")
    with pytest.raises(InputRefused, match="task-done"):
        await work.task_done(other.id, task.note.id, by="Tom")
    await work.task_done(made.id, task.note.id, by="Tom")
    with pytest.raises(InputRefused, match="task-done"):
        await work.task_done(made.id, task.note.id, by="Tom")
    (task,) = await work.read_notes(made.id, by="Ann")
    assert task.note.done_by == "Tom"


async def test_cases_are_found_by_every_word_of_a_note_however_it_is_spelt(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, "Rang the Café in Zürich.", by="Ann")
    await work.note(other.id, NoteKind.NOTE, "rang nobody", by="Ann")
    assert await found(work, text="CAFE zurich") == [made.id]
    assert set(await found(work, text="rang")) == {made.id, other.id}
    assert await found(work, text="cafe nobody") == []


async def test_cases_are_found_by_reference_id_community_holder_and_state(
    desk: DeskService, make: Make, work: Casework
) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, community="club", **CALM)
    await work.take(made.id, by="Ann", holder="")
    assert await found(work, text=made.reference) == [made.id]
    assert await found(work, text=other.id) == [other.id]
    assert await found(work, community="club") == [other.id]
    assert await found(work, holder="Ann") == [made.id]
    assert await found(work, state=CaseState.WORKING) == [made.id]
    assert await found(work, state=CaseState.NEW) == [other.id]
    await work.note(other.id, NoteKind.NOTE, "seen", by="Ann")
    assert await found(work, state=CaseState.NEW) == [other.id]
    assert await found(work, text=made.reference, community="club") == []
    assert await found(work) == []


async def test_nothing_of_another_desk_is_found(
    desk: DeskService, make: Make, work: Casework, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, CANARY, by="Ann")
    elsewhere = By("Bo", LIVE, clock.now())

    async def elsewhere_found(wanted: Wanted) -> Found:
        return await desk.ledger.transact(lambda conn: search(conn, elsewhere, keys, wanted))

    for wanted in (Wanted(text=CANARY), Wanted(text=made.reference), Wanted(community="school")):
        assert (await elsewhere_found(wanted)).rows == ()


async def test_that_somebody_searched_is_in_the_trail_and_what_for_is_not(
    desk: DeskService, make: Make, work: Casework
) -> None:
    await work.search(Wanted(text=CANARY, holder="Tom"), by="Ann")
    (line,) = await desk.ledger.read(lambda conn: conn.execute(sa.select(trail)).all())
    assert (line.who, line.action) == ("Ann", "searched")
    assert msgspec.json.decode(line.detail)["by"] == "text holder"


async def test_after_a_rotation_notes_open_with_the_new_key_alone(
    desk: DeskService, make: Make, work: Casework, keys: DeskKeys, clock: FixedClock
) -> None:
    made = await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, CANARY, by="Ann")
    key = new_key()
    both = DeskKeys(current=key, retired=(keys.current,), reference=keys.reference, linking=keys.linking)
    await reseal(desk.ledger, both, [key.public], by="Ann", now=clock.now())
    alone = DeskKeys(current=key, reference=keys.reference, linking=keys.linking)
    rows = await desk.ledger.read(lambda conn: conn.execute(sa.select(casework.notes)).all())
    assert [note.text for note in notes.opened(rows, alone)] == [CANARY]
    assert (await reseal(desk.ledger, both, [key.public], by="Ann", now=clock.now())).done == 0


async def test_a_note_put_with_another_case_is_not_taken_for_its(
    desk: DeskService, make: Make, work: Casework, keys: DeskKeys
) -> None:
    made, other = await reported(desk, make, **CALM), await reported(desk, make, **CALM)
    await work.note(made.id, NoteKind.NOTE, CANARY, by="Ann")
    moved = sa.update(casework.notes).values(case_id=other.id)
    await desk.ledger.transact(lambda conn: conn.execute(moved).rowcount)
    (note,) = await work.read_notes(other.id, by="Ann")
    assert note.text is None


@given(st.text(max_size=200))
def test_a_text_has_the_words_of_its_other_spellings(text: str) -> None:
    assert set(notes.words_of(text)) == set(notes.words_of(f"  {text}  "))
    assert set(notes.words_of(text)) <= set(notes.words_of(f"{text} and more"))
    assert all(len(word) >= notes.SHORTEST_WORD for word in notes.words_of(text))


def test_the_hashes_are_of_words_however_they_are_spelt_and_of_this_desks_key(keys: DeskKeys) -> None:
    mine, other = keys.linking, TagKey(b"o" * 32)
    assert notes.tags_of(mine, CANARY) == notes.tags_of(mine, CANARY.upper())
    assert not set(notes.tags_of(mine, CANARY)) & set(notes.tags_of(other, CANARY))
