"""Sending: every notice reaches every endpoint at least once, or is given up after three days.

A delivery is taken, for a lease, before it is sent, and its result is recorded after that. Who dies
in between leaves one that is due again when the lease is over: it is then sent twice, under the
same id, and receivers drop the repeat.

An endpoint that does not answer costs a sender its whole patience. So whatever is due there then
waits as well, without losing an attempt, and when it is due again one delivery goes ahead as a
probe: the others follow when it is answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from billing.decisions import Decisions
from invoices.notices import queries
from invoices.notices.endpoints import GONE, give_up_all
from invoices.notices.signing import signed_headers
from metering.store import Statement

DELIVERED, FAILED, GIVEN_UP = "delivered", "failed", "given_up"

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each further attempt, as the scheme recommends."""
MOST_JITTER = 100
"""By how many thousandths a wait may be longer, so that what failed together is spread out."""
LEASE = timedelta(minutes=5)
"""How long nobody else takes a delivery; longer than any attempt may last."""
LONGEST_POSTPONED = WAITS[1]
"""How long others wait at most for one that was not answered: they need not share its own wait."""
LONGEST_ANSWER = 500
GONE_STATUS = 410
POSTPONED = "not sent: the endpoint did not answer another notice"
NOT_ACTIVE = "the endpoint was removed or disabled in the moment in which this was written"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered, and the beginning of the text."""

    status: int
    text: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def error(self) -> str | None:
        """What is kept of an answer that is not a yes."""
        return None if self.taken else f"answered {self.status}: {self.text}"[:LONGEST_ANSWER]


class NoAnswer(Exception):
    """An endpoint did not answer. The text says why."""

    @property
    def error(self) -> str:
        """What is kept of it."""
        return str(self)[:LONGEST_ANSWER]


Post = Callable[[str, bytes, Mapping[str, str]], Answer]
"""Posts a body with headers to a URL; raises NoAnswer."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that this sender has taken, for the ``attempts``-th time.

    ``is_probe``: its endpoint did not answer when this was last sent or should have been.
    """

    id: int
    attempts: int
    notice: str
    body: str
    endpoint: str
    url: str
    active: bool
    is_probe: bool
    secret: str | None = field(repr=False)
    old_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt. ``next_at`` is when it is tried again, if it is."""

    status: str
    next_at: datetime | None = None
    answered: int | None = None
    error: str | None = None


def result_of(attempts: int, answer: Answer | NoAnswer, now: datetime, jitter: int) -> Result:
    """What an answer makes of the ``attempts``-th attempt; ``jitter`` is in thousandths."""
    answered = None if isinstance(answer, NoAnswer) else answer.status
    error = answer.error
    if error is None:
        return Result(DELIVERED, None, answered)
    if answered == GONE_STATUS or attempts > len(WAITS):
        return Result(GIVEN_UP, None, answered, error)
    wait_for = WAITS[attempts - 1] * (1000 + jitter) // 1000
    return Result(FAILED, now + wait_for, answered, error)


class Sender:
    """Sends what is due when it begins, several deliveries at once, half of them to one endpoint.

    ``jitter`` gives a number of thousandths for each wait. ``stopping`` ends the work early: what
    was begun is finished.
    """

    def __init__(
        self,
        decisions: Decisions,
        post: Post,
        clock: Callable[[], datetime],
        jitter: Callable[[], int],
        at_once: int,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._decisions = decisions
        self._post = post
        self._clock = clock
        self._jitter = jitter
        self._at_once = at_once
        self._stopping = stopping
        self._begun = clock()
        self._flying: dict[Future[Answer | NoAnswer], Attempt] = {}
        self._answering: set[str] = set()
        self.counts: Counter[str] = Counter()

    def send(self) -> Counter[str]:
        """Works until nothing is left of what was due; how many attempts became what."""
        with ThreadPoolExecutor(self._at_once) as pool:
            self._begin(pool)
            while self._flying:
                done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finish(self._flying.pop(future), future.result())
                self._begin(pool)
        return self.counts

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        while len(self._flying) < self._at_once and not self._stopping():
            attempt = self._take()
            if attempt is None:
                return
            if attempt.active:
                self._flying[pool.submit(self._attempt, attempt)] = attempt
            else:
                self._keep(attempt, Result(GIVEN_UP, error=NOT_ACTIVE))

    def _take(self) -> Attempt | None:
        now = self._clock()
        times = {"due": self._begun, "now": now, "lease": now + LEASE}
        rows = self._decisions.rows(queries.TAKE_DELIVERY, **times, busy=list(self._busy()))
        return Attempt(**rows[0]) if rows else None

    def _busy(self) -> Iterator[str]:
        """The endpoints to which nothing more goes out now."""
        flying = Counter(own.endpoint for own in self._flying.values())
        probed = {own.endpoint for own in self._flying.values() if own.is_probe}
        for endpoint, count in flying.items():
            is_probed = endpoint in probed and endpoint not in self._answering
            if is_probed or count >= max(1, self._at_once // 2):
                yield endpoint

    def _attempt(self, own: Attempt) -> Answer | NoAnswer:
        secrets = (own.secret, own.old_secret)
        headers = signed_headers(own.notice, own.body, self._clock(), secrets)
        try:
            return self._post(own.url, own.body.encode(), headers)
        except NoAnswer as unanswered:
            return unanswered

    def _finish(self, own: Attempt, answer: Answer | NoAnswer) -> None:
        now = self._clock()
        result = result_of(own.attempts, answer, now, self._jitter())
        if isinstance(answer, NoAnswer):
            self._keep(own, result, _postponing(own, result, self._begun, now))
        else:
            self._answering.add(own.endpoint)
            self._keep(own, result)

    def _keep(self, own: Attempt, result: Result, *also: Statement) -> None:
        self._decisions.run(*_statements(own, result, self._clock()), *also)
        self.counts[result.status] += 1


def _postponing(own: Attempt, result: Result, due: datetime, now: datetime) -> Statement:
    """What was due at the endpoint of an attempt that was not answered waits as it does."""
    longest = now + LONGEST_POSTPONED
    until = min(result.next_at or longest, longest)
    named = {"endpoint": own.endpoint, "due": due, "until": until, "why": POSTPONED, "now": now}
    return Statement(queries.POSTPONE_DELIVERIES, named)


def _statements(own: Attempt, result: Result, now: datetime) -> list[Statement]:
    row = {
        "id": own.id,
        "attempt": own.attempts,
        "status": result.status,
        "next_at": result.next_at,
        "answered": result.answered,
        "error": result.error,
        "now": now,
    }
    kept = Statement(queries.KEEP_RESULT, row)
    if result.answered != GONE_STATUS:
        return [kept]
    # The endpoint comes first: its lock keeps two such transactions from each other's deliveries.
    disabled = Statement(queries.DISABLE_ENDPOINT, {"id": own.endpoint, "now": now})
    return [disabled, kept, give_up_all(own.endpoint, GONE, now)]
