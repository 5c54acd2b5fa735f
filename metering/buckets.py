"""What shares a bound, as a text that rows keep.

Units of a stock meter share one bound for good; those of a flow meter share that of their month.
Where a meter is counted by user, each user's units are told apart within the month.
"""

from __future__ import annotations

from datetime import datetime

from metering.calendar import Period, local_day
from metering.meters import Meter, MeterKind


def bucket_of(meter: Meter, at: datetime, user: str = "") -> str:
    """What units of a meter share a bound with: nothing, a month, or a month and a user."""
    if meter.kind is MeterKind.STOCK:
        return ""
    month = str(Period.of(local_day(at)))
    return f"{month} {user}" if meter.by_user and user else month


def month_of(bucket: str) -> Period:
    """The month of a flow meter's bucket."""
    return Period.parse(bucket.partition(" ")[0])


def user_of(bucket: str) -> str:
    """The user of a bucket, empty where there is none."""
    return bucket.partition(" ")[2]
