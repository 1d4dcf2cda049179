"""Whether a community's moderators may know of a report. Pure: from what was answered, and on whose word.

Never where it is about somebody who runs the place. Otherwise only with the young person's yes: given when
they reported, for the kinds that moderators may handle; or given to the desk, which says so with a reason.
"""

from collections.abc import Sequence
from enum import StrEnum

from core.evidence.model import Transcript
from core.reports.categories import Categories
from core.reports.model import Answers, YesNo
from desk.opening import Contents


class Basis(StrEnum):
    """On whose word."""

    ANSWERS = "answers"  # as they answered when they reported
    CONVERSATION = "conversation"  # they said yes to the desk


def why_not(answers: Answers, said: Sequence[Transcript], basis: Basis, categories: Categories) -> str | None:
    """The reason against it, as a code; None where they may know."""
    if answers.runs_place is YesNo.YES or any(map(_is_about_staff, said)):
        return "release-staff"
    if basis is Basis.CONVERSATION:
        return None
    if answers.moderators_may_know is not True:
        return "release-no-yes"
    if answers.runs_place is not YesNo.NO:
        return "release-staff-unsure"
    return None if categories[answers.category].moderators_may_handle else "release-kind"


def latest_answers(contents: Contents) -> Answers | None:
    """All answers as they last stood; None where they cannot be opened."""
    if contents.facts is None:
        return None
    added = sorted(contents.supplements, key=lambda each: each[1].added_at)
    return added[-1][1].answers if added else contents.facts.answers


def _is_about_staff(transcript: Transcript) -> bool:
    """The platform shows whom it is about to run or moderate the community."""
    about = [message.author for message in transcript.messages if message.reported]
    if transcript.subject is not None:
        about.append(transcript.subject)
    return any(author.is_staff for author in about)
