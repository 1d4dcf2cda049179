"""The conversation with one young person on the screen: both sides, and the form to write to them.

What either side said is in an answer to a press that is recorded, and nowhere else.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.errors import InputRefused
from core.evidence.display import shown
from core.ids import ReportId
from core.reports.model import Answers
from desk.console import care
from desk.console.case import CASE_PATH, Section
from desk.console.gate import FORM, SESSION, fault_page, page
from desk.console.pressing import bench_of
from desk.console.reading import UNSAID
from desk.console.room import CONSOLE
from desk.console.routes import CASES, Route
from desk.model import CaseRecord
from desk.talk.judging import MAX_TEXT, Never, wrong_with
from desk.talk.model import Reply
from desk.talk.questions import leads
from desk.talk.service import Conversation

FAULTS: Final = frozenset(
    {"message-closed", "message-held", "message-newer", *(f"message-{never}" for never in Never)}
)
"""What a message may be refused for, in the words of the catalogue."""


async def values(request: web.Request, record: CaseRecord) -> Mapping[str, Any]:
    """What the page of a case shows of it: who wrote when, and what they have seen."""
    thread = await _conversation(request).thread(record.row.report, by=request[SESSION].person.name)
    return {"thread": thread}


async def opened(request: web.Request) -> web.Response:
    """Both sides, and the form. A beginning that was chosen is put into the form, behind what stood there."""
    form = request[FORM]
    begun = next((each.text for each in _questions(request) if each.key == form.get("begin")), "")
    text = " ".join(part for part in (form.get("text", "").strip(), begun) if part)
    return await _answer(request, text=text)


async def send(request: web.Request) -> web.Response:
    """To the one who made this report. What may not be sent stays in the form, with every reason."""
    report, text = _report(request), request[FORM].get("text", "")
    newest, sure = request[FORM].get("newest", ""), request[FORM].get("sure") == "yes"
    if leads(text) and not sure and not wrong_with(text.strip()):
        return await _answer(request, text=text, leading=True)
    try:
        by = request[SESSION].person.name
        await _conversation(request).write(report, text, by=by, newest=newest)
    except InputRefused as refused:
        if refused.reason == "case-unknown":
            return fault_page(request, HTTPStatus.NOT_FOUND)
        return await _answer(request, text=text, faults=_faults(refused.reason, text))
    raise web.HTTPSeeOther(f"/case/{report}#talk")


def _faults(reason: str, text: str) -> list[str]:
    judged = sorted(f"message-{never}" for never in wrong_with(text.strip()))
    return judged or [reason if reason in FAULTS else "message-newer"]


async def _answer(
    request: web.Request, *, text: str, faults: list[str] | None = None, leading: bool = False
) -> web.Response:
    report, by = _report(request), request[SESSION].person.name
    conversation = _conversation(request)
    thread = await conversation.thread(report, by=by)
    found = await conversation.read(report, by=by)
    if thread is None or found is None:
        return fault_page(request, HTTPStatus.NOT_FOUND)
    await care.count(request, len(found.lines))
    return page(
        request,
        "talk.html",
        report=report,
        thread=thread,
        lines=list(map(_line, found.lines)),
        wishes=_wishes(found.wishes),
        closed=found.closed,
        questions=_questions(request),
        longest=MAX_TEXT,
        text=text,
        faults=faults or [],
        leading=leading,
        mine=thread.holder in {"", by},
    )


def _line(line: Any) -> dict[str, Any]:
    """One of either side, as it is shown."""
    if isinstance(line, Reply):
        return {"at": line.at, "theirs": True, "text": shown(line.text), "message": None}
    text = None if line.text is None else shown(line.text)
    return {"at": line.message.at, "theirs": False, "text": text, "message": line.message}


def _wishes(answers: Answers) -> dict[str, str]:
    def chosen(choice: bool | None) -> str:  # noqa: FBT001 - an answer, not a switch
        return UNSAID if choice is None else "yes" if choice else "no"

    return {
        "phone": chosen(answers.others_use_phone),
        "push": chosen(answers.may_push),
        "contact": shown(answers.contact),
    }


def _questions(request: web.Request) -> Any:
    return request.app[CONSOLE].questions


def _report(request: web.Request) -> ReportId:
    return ReportId(request.match_info["report"])


def _conversation(request: web.Request) -> Conversation:
    return Conversation(bench_of(request))


SECTION = Section("case_talk.html", values, above=True)
ROUTES = (
    Route("POST", f"{CASE_PATH}/talk", opened, "talk", CASES),
    Route("POST", f"{CASE_PATH}/talk/send", send, "talk_send", CASES),
)
