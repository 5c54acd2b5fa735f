"""A round of sending for one seller: what is due is sent, asked about, and its UPO fetched.

Nothing is noted before a document is sent. If the process dies, or the answer is lost, the document
is still waiting and is sent again; KSeF then answers that it is a duplicate, and the duplicate's
number and hash tell that it is ours. So an attempt whose result nobody knows costs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from invoices.ksef.answers import (
    DUPLICATE,
    LOST_WITH_SESSION,
    RENEW_KEYS,
    SUCCESS,
    Answer,
    Decision,
    Step,
    decide,
    delayed,
    next_step,
    rejected,
)
from invoices.ksef.gateway import Gateway, NoEntry, NoSuchSession, NotTaken, Slower, Unclear
from invoices.ksef.registry import Overtaken, Registry
from invoices.ksef.submission import Submission, SubmissionSent

FIRST_NAP = timedelta(milliseconds=250)
LONGEST_NAP = timedelta(seconds=15)
SOON = (Step.SEND, Step.ASK, Step.FETCH_UPO)
NOT_THERE = "the XML is missing, or is not what was issued: run `licznik verify`"


@dataclass(frozen=True, slots=True)
class Terms:
    """From ``batch_from`` documents on they go as a package, of ``batch_most`` at the most.

    A round waits for KSeF for ``patience``; what is not decided then is left to the next one.
    """

    batch_from: int = 20
    batch_most: int = 1000
    patience: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How a round waits, learns that it is to stop, and tells what became of a document."""

    sleep: Callable[[timedelta], None]
    stopping: Callable[[], bool] = lambda: False
    tell: Callable[[Submission], None] = lambda _: None


class Round:
    """Sends for one seller. No other round of the same seller may run meanwhile."""

    def __init__(
        self,
        registry: Registry,
        gateway: Gateway,
        seller: str,
        terms: Terms,
        around: Surroundings,
    ) -> None:
        self._registry, self._gateway, self._seller = registry, gateway, seller
        self._terms, self._around = terms, around
        self._not_before = registry.clock()
        self._until = self._not_before + terms.patience
        self._said: str | None = None

    def run(self) -> str | None:
        """Works until nothing is left to do or to wait for; says what keeps the rest back."""
        paused, self._said = self._registry.paused(self._seller)
        self._not_before = self._registry.clock() + paused
        nap: timedelta | None = timedelta()
        while nap is not None:
            if not self._wait(nap) or self._around.stopping():
                break
            nap = self._until_next(self._work(nap))
        return self._said

    def _wait(self, nap: timedelta) -> bool:
        """Waits; False, and at once, where that would take too long."""
        now = self._registry.clock()
        start = max(now + nap, self._not_before)
        if start > self._until:
            return False
        self._around.sleep(start - now)
        return True

    def _work(self, last_nap: timedelta) -> timedelta:
        """Does what is due; returns how long to wait then."""
        nap = min(max(FIRST_NAP, 2 * last_nap), LONGEST_NAP)
        try:
            moved = self._go_through()
        except Slower as slower:
            pause = timedelta(seconds=slower.seconds)
            self._not_before = self._registry.clock() + pause
            self._is_kept_back(str(slower), pause)
            return FIRST_NAP
        except NoEntry as closed:
            self._is_kept_back(str(closed))
            return self._terms.patience * 2
        except (Unclear, NotTaken) as unclear:  # no document is to blame
            self._is_kept_back(str(unclear))
            return nap
        except Overtaken:
            return FIRST_NAP
        if self._said is not None:
            self._is_kept_back(None)
        return FIRST_NAP if moved else nap

    def _is_kept_back(self, said: str | None, pause: timedelta | None = None) -> None:
        self._said = said
        self._registry.pause(self._seller, said, pause)

    def _steps(self) -> dict[Step, list[Submission]]:
        steps: defaultdict[Step, list[Submission]] = defaultdict(list)
        now = self._registry.clock()
        for case in self._registry.open_cases(self._seller):
            steps[next_step(case.submission, case.original_status, now)].append(case.submission)
        return steps

    def _until_next(self, nap: timedelta) -> timedelta | None:
        """How long to wait for what is left; None where that is nothing, or not for this round."""
        steps, now = self._steps(), self._registry.clock()
        if any(steps.get(own) for own in SOON):
            return nap
        due = [case.next_attempt_at or now for case in steps.get(Step.WAIT, ())]
        return max(FIRST_NAP, min(due) - now) if due and min(due) <= self._until else None

    def _go_through(self) -> bool:
        """One step with each submission; whether anything has changed."""
        steps = self._steps()
        waiting = steps.get(Step.SEND, [])
        for offline in (False, True):
            self._send([case for case in waiting if case.offline == offline], offline=offline)
        asked = [self._ask(*own) for own in _by_session(steps.get(Step.ASK, ()))]
        fetched = [self._fetch_upo(case) for case in steps.get(Step.FETCH_UPO, ())]
        return any((waiting, *asked, *fetched))

    def _record(self, case: Submission, decision: Decision) -> None:
        self._around.tell(self._registry.record(case, decision))

    # Sending

    def _send(self, cases: Sequence[Submission], *, offline: bool) -> None:
        if len(cases) >= self._terms.batch_from:
            most = self._terms.batch_most
            for start in range(0, len(cases), most):
                self._send_package(cases[start : start + most], offline=offline)
        elif cases:
            self._send_singly(cases, offline=offline)

    def _send_singly(self, cases: Sequence[Submission], *, offline: bool) -> None:
        session = self._gateway.open_session()
        try:
            for case in cases:
                if self._around.stopping():
                    break
                session = self._send_one(session, case, offline=offline)
        finally:
            # A session that stays open closes by itself; its documents are in KSeF.
            with suppress(Unclear, Slower, NotTaken, NoEntry):
                self._gateway.close_session(session)

    def _send_one(self, session: str, case: Submission, *, offline: bool) -> str:
        """Sends a document; returns the session, which may be a new one."""
        content = self._content(case)
        if content is None:
            return session
        try:
            try:
                reference = self._gateway.send(session, content, offline=offline)
            except NoSuchSession:
                session = self._gateway.open_session()
                reference = self._gateway.send(session, content, offline=offline)
        except NoSuchSession as lost:
            raise self._unclear([case], Unclear(str(lost))) from lost
        except NotTaken as refused:
            self._record(case, rejected(refused.code, str(refused)))
            return session
        except Unclear as unclear:
            raise self._unclear([case], unclear) from unclear
        sent = {"session": session, "reference": reference, "offline": offline}
        self._record(case, (SubmissionSent, sent))
        return session

    def _content(self, case: Submission) -> bytes | None:
        """The document's XML; where it is not there, that is noted."""
        content = self._registry.content(case)
        if content is None:
            self._record(case, delayed(case, NOT_THERE, self._registry.clock()))
        return content

    def _unclear(self, cases: Sequence[Submission], unclear: Unclear) -> Unclear:
        """Notes that documents are to be sent again, together; gives back why."""
        now = self._registry.clock()
        again = [(case, delayed(case, str(unclear), now)) for case in cases]
        for after in self._registry.record_all(again):
            self._around.tell(after)
        return unclear

    def _send_package(self, cases: Sequence[Submission], *, offline: bool) -> None:
        found = [(case, self._content(case)) for case in cases]
        files = {f"{case.sha256}.xml": content for case, content in found if content is not None}
        ready = [case for case, content in found if content is not None]
        if not ready:
            return
        try:
            session = self._gateway.send_batch(files, offline=offline)
        except Unclear as unclear:
            raise self._unclear(ready, unclear) from unclear
        except NotTaken as refused:  # the package, of which no document is to blame
            raise self._unclear(ready, Unclear(str(refused))) from refused
        sent = {"session": session, "reference": None, "offline": offline}
        for after in self._registry.record_all([(case, (SubmissionSent, sent)) for case in ready]):
            self._around.tell(after)

    # Asking

    def _ask(self, session: str, cases: Sequence[Submission]) -> bool:
        """Asks what became of documents of a session; whether anything has changed."""
        before = {case.sha256: case for case in cases}
        moved = [self._learn(before[own.sha256 or ""], own) for own in self._asked(session, cases)]
        return any(moved)

    def _asked(self, session: str, cases: Sequence[Submission]) -> Iterator[Answer]:
        """The answer for each document."""
        try:
            whole = self._whole(session) if any(case.reference is None for case in cases) else {}
            for case in cases:
                if case.reference is not None:
                    yield _for(case, self._gateway.ask(session, case.reference))
                elif case.sha256 in whole:
                    yield whole[case.sha256]
                else:
                    yield _for(case, self._unlisted(session))
        except NotTaken as unknown:
            for case in cases:
                yield _for(case, Answer(LOST_WITH_SESSION, str(unknown), session))

    def _whole(self, session: str) -> dict[str | None, Answer]:
        return {answer.sha256: answer for answer in self._gateway.ask_all(session)}

    def _unlisted(self, session: str) -> Answer:
        """What is said of a document that a session does not list: the session may have failed."""
        answer = self._gateway.ask_session(session)
        over = answer.code >= SUCCESS
        return Answer(LOST_WITH_SESSION, answer.text, session) if over else answer

    def _learn(self, case: Submission, answer: Answer) -> bool:
        if answer.code in RENEW_KEYS:
            self._gateway.renew_keys()
        first = self._first(case, answer) if answer.code == DUPLICATE else None
        decision = decide(case, answer, self._registry.clock(), first)
        if decision is not None:
            self._record(case, decision)
        return decision is not None

    def _first(self, case: Submission, answer: Answer) -> Answer | None:
        """What KSeF says of the document that was there first; None where we cannot see it."""
        if answer.first_session is None or answer.first_number is None:
            return None
        try:
            listed = self._gateway.ask_all(answer.first_session)
        except NotTaken:
            return None
        numbered = (own for own in listed if own.ksef_number == answer.first_number)
        # Its own session may be behind, and not yet name the number that was given.
        same = (own for own in listed if own.sha256 == case.sha256 and own.code < SUCCESS)
        return next(numbered, None) or next(same, None)

    def _fetch_upo(self, case: Submission) -> bool:
        """Fetches and keeps a UPO; False where there is none yet."""
        try:
            content = self._gateway.upo(case.session or "", case.ksef_number or "")
        except NotTaken:
            return False
        self._around.tell(self._registry.keep_upo(case, content))
        return True


def _for(case: Submission, answer: Answer) -> Answer:
    """An answer, marked as that for a document."""
    return replace(answer, sha256=case.sha256)


def _by_session(cases: Iterable[Submission]) -> Iterator[tuple[str, list[Submission]]]:
    found: defaultdict[str, list[Submission]] = defaultdict(list)
    for case in cases:
        found[case.session or ""].append(case)
    yield from found.items()
