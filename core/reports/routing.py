"""Which desk a report goes to. Pure, and it asks of a community only which desk it was given.

No category, consent or moderators' setting is looked at: nothing that anybody may set about those can take a
report of sexual abuse, or of danger, away from a desk. What moderators handle reaches the desk first.
"""

from collections.abc import Mapping

from core.dialogue.model import Place
from core.ids import DeskName
from core.reports.model import Answers, Standing, YesNo
from core.settings.model import Desk


def staff_desk(desk: DeskName, desks: Mapping[str, Desk]) -> DeskName | None:
    """The desk for reports about whoever runs a community of `desk`; None: the hand-off sheet."""
    own = desks.get(desk)
    if own is None:
        return None
    if not own.run_by_community:
        return desk
    second = desks.get(own.second_desk)
    if second is None or second.run_by_community or _practises(second) != _practises(own):
        return None
    return DeskName(own.second_desk)


def _practises(desk: Desk) -> bool:
    """Practice and what is real never mix."""
    return desk.standing is Standing.PRACTICE


class Routes:
    """The desks that the operator configured, and where a report goes among them."""

    def __init__(self, desks: Mapping[str, Desk]) -> None:
        self._desks = dict(desks)

    def candidates(self, place: Place) -> tuple[DeskName, ...]:
        """Every desk that a report from here may yet go to: evidence is sealed to each before any answer."""
        own = self._desk_of(place)
        if own is None:
            return ()
        other = staff_desk(own, self._desks)
        return (own,) if other is None or other == own else (own, other)

    def route(self, place: Place, answers: Answers, subject_is_staff: YesNo) -> DeskName | None:
        """The desk of this report, or None for the hand-off sheet.

        About someone who runs the place, or whom the platform shows to be staff: never to a desk that they
        run. Where nobody is sure, a second desk takes it if there is one.
        """
        own = self._desk_of(place)
        if own is None:
            return None
        found = {subject_is_staff, answers.runs_place}
        if YesNo.YES in found:
            return staff_desk(own, self._desks)
        if YesNo.NOT_SURE in found:
            return staff_desk(own, self._desks) or own
        return own

    def _desk_of(self, place: Place) -> DeskName | None:
        if place.standing is Standing.NONE or place.desk is None or place.desk not in self._desks:
            return None
        return place.desk
