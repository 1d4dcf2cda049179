"""The desk's tables: the migrations lead to just these, and a copy of them reveals nothing."""

from datetime import timedelta
from pathlib import Path

from core.evidence.drafts import draft_id
from core.evidence.parts import Identity
from core.evidence.sealing import digest
from core.ledger.sqlite import SqliteLedger
from core.reports.model import Answers, Category
from core.testing.clock import FixedClock
from core.testing.deliveries import body_of, transcript
from desk.service import DeskService
from desk.tables import desk as metadata
from tests.desk_roads import PRACTICE, ROAD, Make

CANARY = "CANARY-7f3a"


def test_no_table_of_the_desk_has_a_place_for_content() -> None:
    clear = {"own_words", "about", "text", "contact", "content", "reference", "name"}
    found = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if column.name in clear and not table.name.startswith("staff_")
    }
    # The sentence of a rule, from configuration; and the names of counters and leases.
    assert found == {("reasons", "text"), ("counters", "name"), ("leases", "name")}


async def test_a_copy_of_the_database_without_keys_reveals_nothing_that_was_told(
    desk: DeskService, desk_ledger: SqliteLedger, desk_file: Path, make: Make, clock: FixedClock
) -> None:
    told = Answers(
        category=Category.GROOMING, own_words=CANARY, about=CANARY, contact=CANARY, team_may_know_name=True
    )
    made = make(
        answers=told,
        said=transcript(CANARY, at=clock.now()),
        identity=Identity(platform="web", account=CANARY, shown=CANARY, way_back=CANARY.encode()),
    )
    for delivery in (made.delivery(), made.late(CANARY), made.supplement(told)):
        await desk.receive(ROAD, delivery, digest(body_of(delivery)))
    await desk.triage.run_once()
    clock.advance(timedelta(minutes=1))
    opened = await desk.look(PRACTICE, made.id, by="ann")
    assert opened is not None
    assert opened.facts == made.facts  # it is there, for whoever has the key
    assert (await desk.status(ROAD, made.reference)).known
    await desk_ledger.close()
    copied = b"".join(file.read_bytes() for file in desk_file.parent.iterdir())
    for secret in (CANARY, made.reference, made.reference.replace("-", ""), made.key.text):
        assert secret.encode() not in copied
    assert draft_id(made.key).encode() in copied  # what binds parts is there, so the search works
