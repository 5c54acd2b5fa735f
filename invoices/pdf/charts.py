"""Charts of daily usage as SVG, drawn by Vega-Lite (vl-convert), in a document as on a page.

Quantities go to the drawing as text; only where it places a bar does it count in floating point.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import vl_convert

LOCALES: Mapping[str, Literal["pl-PL", "en-GB"]] = {"pl": "pl-PL", "en": "en-GB"}
WIDTH, HEIGHT, LABELS = 232, 62, 7
MARKED_DAYS = (1, 5, 10, 15, 20, 25, 30)
BAR, AXIS, GRID = "#1d4ed8", "#6b7280", "#e5e7eb"

LOOK: Mapping[str, Any] = {
    "view": {"stroke": None},
    "background": None,
    "mark": {"color": BAR},
    "axis": {
        "labelFont": "Inter",
        "labelColor": AXIS,
        "domainColor": GRID,
        "gridColor": GRID,
    },
}

MARKS: Mapping[str, Mapping[str, Any]] = {
    "flow": {"type": "bar"},
    "stock": {
        "type": "area",
        "line": {"strokeWidth": 1},
        "fillOpacity": {"expr": "0.28"},
        "interpolate": "step-after",
    },
}
"""What is used up is drawn as bars, a level that lives on as an area."""

PARTS: Mapping[str, Any] = {"used": 1, "expected": {"expr": "0.4"}}
"""How opaque is what was used, and what is expected on top of it."""


def daily_chart(days: Sequence[Mapping[str, str]], kind: str, language: str) -> str:
    """The usage of each day (``day``, ``used``) as an image inside the document."""
    svg = vl_convert.vegalite_to_svg(
        {**daily(days, kind, WIDTH, HEIGHT, LABELS), "config": LOOK},
        format_locale=LOCALES[language],
        time_format_locale=LOCALES[language],
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def daily(
    days: Sequence[Mapping[str, str]], kind: str, width: int, height: int, labels: int
) -> dict[str, Any]:
    """The chart of a month's days, but for its look, with labels of so many points.

    A day may also have what is ``expected``.
    """
    label = {"title": None, "ticks": False, "labelFontSize": labels}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "data": {"values": list(_values(days))},
        "transform": [{"calculate": "toNumber(datum.units)", "as": "height"}],
        "mark": MARKS[kind],
        "encoding": {
            "x": {
                "field": "day",
                "type": "ordinal",
                "axis": {**label, "labelAngle": 0, "values": MARKED_DAYS},
            },
            "y": {
                "field": "height",
                "type": "quantitative",
                "stack": "zero" if kind == "flow" else None,
                "axis": {**label, "tickCount": 3, "domain": False, "format": "~s"},
            },
            "opacity": {
                "field": "part",
                "type": "nominal",
                "scale": {"domain": list(PARTS), "range": list(PARTS.values())},
                "legend": None,
            },
        },
    }


def _values(days: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    for own in days:
        for part in PARTS:
            if part in own:
                yield {"day": int(own["day"][8:]), "units": own[part], "part": part}
