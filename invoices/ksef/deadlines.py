"""By when a document must have been sent to KSeF, in each mode (art. 106nda, 106nf, 106nh)."""

from __future__ import annotations

from datetime import date, timedelta

from billing.calendar import is_business_day

ONLINE = "online"
OFFLINE24 = "offline24"
UNAVAILABILITY = "unavailability"
FAILURE = "failure"

BUSINESS_DAYS = {ONLINE: 1, OFFLINE24: 1, UNAVAILABILITY: 1, FAILURE: 7}
"""So many Business Days after the day of issue, or after the end of the outage.

An online document is sent on its day of issue. If it is not, KSeF takes it for one of offline24,
so it has that mode's deadline.
"""
OUTAGES = (UNAVAILABILITY, FAILURE)
"""The modes that the Ministry announces: their deadlines count from the outage's end."""
MODES = tuple(BUSINESS_DAYS)


def business_day_after(day: date, count: int) -> date:
    """The so many-th Business Day after a day, which itself does not count."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


def deadline(mode: str, issued_on: date, ended_on: date | None = None) -> date | None:
    """The last day on which a document may be sent; None while an outage lasts."""
    since = ended_on if mode in OUTAGES else issued_on
    return None if since is None else business_day_after(since, BUSINESS_DAYS[mode])
