"""Charts of daily usage as SVG, drawn by Vega-Lite (vl-convert), in a document as on a page.

Quantities go to the drawing as text; only where it places a bar does it count in floating point.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import vl_convert

LOCALES: Mapping[str, Literal["pl-PL", "en-GB"]] = {"pl": "pl-PL", "en": "en-GB"}
WIDTH, HEIGHT = 232, 62
MARKED_DAYS = (1, 5, 10, 15, 20, 25, 30)
BAR, AREA, AXIS, GRID = "#1d4ed8", "#bfdbfe", "#6b7280", "#e5e7eb"

MARKS: Mapping[str, Mapping[str, Any]] = {
    "flow": {"type": "bar", "color": BAR},
    "stock": {
        "type": "area",
        "color": AREA,
        "line": {"color": BAR, "strokeWidth": 1},
        "interpolate": "step-after",
    },
}
"""What is used up is drawn as bars, a level that lives on as an area."""


def daily_chart(days: Sequence[Mapping[str, str]], kind: str, language: str) -> str:
    """The usage of each day (``day``, ``used``) as an image inside the document."""
    svg = vl_convert.vegalite_to_svg(
        _chart(days, kind), format_locale=LOCALES[language], time_format_locale=LOCALES[language]
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _chart(days: Sequence[Mapping[str, str]], kind: str) -> dict[str, Any]:
    values = [{"day": int(own["day"][8:]), "used": own["used"]} for own in days]
    label = {"labelFont": "Inter", "labelFontSize": 7, "labelColor": AXIS, "ticks": False}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": values},
        "transform": [{"calculate": "toNumber(datum.used)", "as": "height"}],
        "mark": MARKS[kind],
        "encoding": {
            "x": {
                "field": "day",
                "type": "ordinal",
                "axis": {"title": None, "labelAngle": 0, "values": MARKED_DAYS, "domainColor": GRID}
                | label,
            },
            "y": {
                "field": "height",
                "type": "quantitative",
                "axis": {"title": None, "tickCount": 3, "domain": False, "gridColor": GRID}
                | label
                | {"format": "~s"},
            },
        },
        "config": {"view": {"stroke": None}, "background": None},
    }
