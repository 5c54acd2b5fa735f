"""Dead letters: the list, and one of them tried again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from entrypoints.http.bodies import JSON
from entrypoints.http.problems import Refused
from entrypoints.http.recording import Receipt
from entrypoints.http.service import Service, Serving
from entrypoints.watching.acts import acts_on, kept_act
from entrypoints.watching.letters import Letter, last_letters, letter_at
from entrypoints.web.access import visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, page
from entrypoints.web.platform.acting import by
from entrypoints.web.platform.parts import meter_names
from entrypoints.web.platform.words import WORDS
from entrypoints.web.visitors import Visitor
from metering.problems import ProblemsFound

router = APIRouter()
Watcher = Annotated[Visitor, visiting("watch")]
Actor = Annotated[Visitor, visiting("retry")]
GONE = marked("There is no such dead letter any more.")
TOLD = {
    "accepted": marked("Recorded: the event counts now."),
    "duplicate": marked("It is recorded already: nothing was counted twice."),
}


@router.get("/platform/dead-letters")
def listed(request: Request, service: Serving, visitor: Watcher) -> Response:
    """The last dead letters of each topic."""
    settings, away = service.settings.kafka, ""
    letters: list[Letter] = []
    if settings.servers:
        try:
            letters = last_letters(settings)
        except ProblemsFound as found:
            away = found.problems[0].message
    tried = acts_on(service.session.decisions, "retry", (own.id for own in letters))
    values: dict[str, Any] = {
        "letters": letters,
        "tried": tried,
        "away": away,
        "is_set": bool(settings.servers),
        "words": WORDS,
        "names": meter_names(service.session.catalog),
    }
    return page(request, visitor, "platform/letters.html", **values)


@router.post("/platform/dead-letters/again")
def again(request: Request, service: Serving, visitor: Actor, form: Posted) -> Response:
    """Sends a dead letter the way of all usage once more; it counts once however often."""
    letter = _found(service, form["topic"], form["partition"], form["offset"])
    outcome, said = _recorded(service, letter)
    service.session.decisions.run(kept_act(by(visitor), "retry", letter.id, outcome))
    return back(request, visitor, "/platform/dead-letters", said)


def _found(service: Service, topic: str, partition: str, offset: str) -> Letter:
    settings = service.settings.kafka
    is_place = all(
        own.isascii() and own.isdecimal() and len(own) < 19 for own in (partition, offset)
    )
    if not settings.servers or not is_place:
        raise NotHere(404, GONE)
    letter = letter_at(settings, topic, int(partition), int(offset))
    if letter is None or letter.value is None:
        raise NotHere(404, GONE)
    return letter


def _recorded(service: Service, letter: Letter) -> tuple[str, str]:
    """What became of it: a word to keep, and a sentence to say."""
    try:
        receipt = service.recording.submit(letter.value or b"", JSON).result()
    except Refused as refused:
        if refused.status >= 500:
            raise
        return "unreadable", plainly(refused.detail)
    outcome = _outcome(receipt)
    if receipt.rejected:
        problem = receipt.rejected[0].problems[0]
        return outcome, plainly(f"{problem.code}: {problem.message}")
    return outcome, TOLD[outcome]


def plainly(text: str) -> str:
    """A sentence that is no text of ours, as it is said: without places for values."""
    return text.replace("{", "{{").replace("}", "}}")


def _outcome(receipt: Receipt) -> str:
    if receipt.rejected:
        return "rejected"
    return "accepted" if receipt.accepted else "duplicate"
