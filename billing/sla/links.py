"""The client's link: what was measured of it, and what it lacks for claims on quality (R119)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from billing.catalog.document import LinkMinimumForm, Percent
from billing.forms import Exact, Form, Whole

Rate = Annotated[Whole, Field(ge=0)]
Time = Annotated[Exact, Field(ge=0)]


class LinkForm(Form):
    """A measurement of the client's link while ``talking_users`` were talking.

    Rates are in kbit/s, times in ms. A person weighs it: it decides nothing by itself.
    """

    download_kbps: Rate
    upload_kbps: Rate
    talking_users: Annotated[Whole, Field(ge=1)]
    hardware_phones: bool = False
    delay_ms: Time | None = None
    jitter_ms: Time | None = None
    loss_percent: Percent | None = None
    medium: Literal["cable", "wifi", "mobile"] = "cable"


def shortfalls(minimum: LinkMinimumForm, link: LinkForm) -> Iterator[str]:
    """What of a link is below the minimum, as the names of its fields."""
    each = minimum.kbps_per_hardware_phone if link.hardware_phones else minimum.kbps_per_user
    for name in ("download_kbps", "upload_kbps"):
        if getattr(link, name) < each * link.talking_users:
            yield name
    for name in ("delay_ms", "jitter_ms", "loss_percent"):
        measured = getattr(link, name)
        if measured is not None and measured > getattr(minimum, name):
            yield name
    if link.medium != "cable":
        yield "medium"
