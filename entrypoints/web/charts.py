"""Charts as SVG, drawn by Vega-Lite on the server (vl-convert), readable on light and on dark."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

import vl_convert

LOCALES: Mapping[str, Literal["pl-PL", "en-GB"]] = {"pl": "pl-PL", "en": "en-GB"}
INK, GRID = "#7a828e", "#7a828e55"
COLOURS = ("#3b74e0", "#d97706", "#0f9d76", "#b4489b", "#7a828e")
"""Of middle lightness, so that each stands out on white and on near-black."""

LOOK: Mapping[str, Any] = {
    "background": None,
    "font": "Inter, sans-serif",
    "view": {"stroke": None},
    "range": {"category": list(COLOURS)},
    "mark": {"color": COLOURS[0]},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
    },
    "legend": {"labelColor": INK, "titleColor": INK},
    "title": {"color": INK},
}


def drawn(chart: Mapping[str, Any], language: str) -> str:
    """A Vega-Lite chart as an image inside the page: the address of an ``img``."""
    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", **chart, "config": LOOK}
    svg = vl_convert.vegalite_to_svg(
        whole, format_locale=LOCALES[language], time_format_locale=LOCALES[language]
    )
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
