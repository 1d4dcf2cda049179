"""The papers for a desk say what the program does: its tables of content, its days, in a child's words."""

import re
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.ledger.road import road
from core.reports import retention
from core.testing.reading import ease, sentences, words
from desk.tables import desk

TEMPLATES = Path(__file__).resolve().parents[3] / "docs" / "templates"
NOTICE, RECORD, ASSESSMENT = (
    (TEMPLATES / f"{name}.md").read_text()
    for name in ("privacy-notice", "record-of-processing", "impact-assessment")
)
CONTENT = [
    f"{name}.{table.name}"
    for name, metadata in (("road", road), ("desk", desk))
    for table in metadata.tables.values()
    if any(isinstance(column.type, sa.LargeBinary) for column in table.columns)
]
"""Every table with something sealed in it."""
FOR_CHILDREN = re.sub(r"<!--.*?-->", "", NOTICE, flags=re.DOTALL).split("## For grown-ups")[0]
SAID = [
    " ".join(paragraph.split()).replace("{", "").replace("}", "")
    for paragraph in FOR_CHILDREN.split("\n\n")
    if not paragraph.startswith("#")
]


@pytest.mark.parametrize("table", CONTENT)
@pytest.mark.parametrize("paper", [RECORD, ASSESSMENT], ids=["record", "assessment"])
def test_every_table_with_content_is_named(table: str, paper: str) -> None:
    assert f"`{table}`" in paper


@pytest.mark.parametrize("paper", [NOTICE, RECORD, ASSESSMENT], ids=["notice", "record", "assessment"])
def test_the_days_are_those_of_the_settings(paper: str, shipped: Path) -> None:
    days = tomllib.loads((shipped / "retention.toml").read_text())["days"]
    assert set(days.values()) <= {int(count) for count in re.findall(r"(\d+) days", paper)}


def test_what_the_road_forgets_is_said_as_it_is() -> None:
    hours = int(retention.DRAFTS.total_seconds() // 3600)
    assert f"{hours} hours" in NOTICE
    assert f"{retention.REPORTS.days} days after it arrived" in RECORD
    assert f"{retention.NEWS.days} days at most" in RECORD
    assert f"{int(retention.CLAIMS.total_seconds() // 60)} minutes" in RECORD


def test_a_child_of_nine_or_ten_reads_the_notice() -> None:
    assert ease(SAID).grade <= 4
    assert not [said for text in SAID for said in sentences(text) if len(words(said)) >= 15]


@pytest.mark.parametrize("paper", [NOTICE, RECORD, ASSESSMENT], ids=["notice", "record", "assessment"])
def test_what_is_the_operators_to_fill_in_can_be_seen(paper: str) -> None:
    assert len(re.findall(r"\{[^{}]+\}", paper)) >= 5
