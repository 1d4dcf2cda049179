import pytest

from core.delivery.newsbox import Due
from core.delivery.wayback import WayBack, opener
from core.errors import CannotOpen
from core.evidence.envelope import seal_identity
from core.evidence.parts import Identity, PartKind
from core.evidence.sealing import Recipient, SecretKey, new_key
from core.ids import CommunityId, DeskName, PartId, ReportId
from core.testing.clock import START

COMMUNITY = CommunityId("a-community")
REPORT = ReportId("1" * 32)
DRAFT = "a" * 64
WHO = Identity(platform="web", account="account 7", shown="Sam", way_back=b"channel 7")


@pytest.fixture(scope="module")
def key() -> SecretKey:
    return new_key()


def sealed(
    to: Recipient, *, report: ReportId | None = REPORT, draft: str = DRAFT, kind: PartKind = PartKind.IDENTITY
) -> bytes:
    bound = {"report": report} if report else {}
    return seal_identity(
        WHO,
        kind=kind,
        part=PartId("9" * 32),
        draft=draft,
        community=COMMUNITY,
        desk=DeskName("desk"),
        recipients=[to],
        **bound,
    ).sealed


def due(identity: bytes | None, *, draft: str | None = DRAFT) -> Due:
    return Due(id="1", report=REPORT, draft=draft, identity=identity, at=START, fence=1)


def test_the_roads_own_key_opens_the_way_back(key: SecretKey) -> None:
    assert opener(lambda: [key])(due(sealed(key.public))) == WayBack(
        platform="web", community=COMMUNITY, way_back=b"channel 7"
    )


def test_a_key_of_before_a_rotation_still_opens(key: SecretKey) -> None:
    assert opener(lambda: [new_key(), key])(due(sealed(key.public))).way_back == b"channel 7"


def test_another_key_opens_nothing(key: SecretKey) -> None:
    with pytest.raises(CannotOpen):
        opener(lambda: [new_key()])(due(sealed(key.public)))


@pytest.mark.parametrize("identity", [None, b"", b"not sealed at all"])
def test_what_is_not_sealed_opens_for_nobody(key: SecretKey, identity: bytes | None) -> None:
    with pytest.raises(CannotOpen):
        opener(lambda: [key])(due(identity))


def test_an_identity_of_another_report_is_not_told_of_this_one(key: SecretKey) -> None:
    with pytest.raises(CannotOpen):
        opener(lambda: [key])(due(sealed(key.public, report=ReportId("2" * 32))))
    with pytest.raises(CannotOpen):
        opener(lambda: [key])(due(sealed(key.public, draft="b" * 64)))


def test_an_identity_bound_to_nothing_we_know_opens_for_nobody(key: SecretKey) -> None:
    with pytest.raises(CannotOpen):
        opener(lambda: [key])(due(sealed(key.public, report=None), draft=None))


def test_a_part_of_another_kind_is_no_way_back(key: SecretKey) -> None:
    with pytest.raises(CannotOpen):
        opener(lambda: [key])(due(sealed(key.public, kind=PartKind.NAMED)))


def test_a_way_back_shows_nothing_of_itself() -> None:
    shown = WayBack(platform="web", community=COMMUNITY, way_back=b"channel 7")
    assert "channel" not in repr(shown)
    assert "community" not in f"{shown}"
