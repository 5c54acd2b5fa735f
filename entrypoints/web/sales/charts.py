"""The charts of sales: what a plan costs month by month, and where another one is cheaper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.plans.break_even import BreakEven
from entrypoints.web.charts import drawn
from entrypoints.web.sales.views import KINDS, MonthRow
from invoices.language import Language

WIDTH, HEIGHT = 640, 220


def months_chart(months: Sequence[MonthRow], say: Language) -> str:
    """The net amount of each month as a bar, made up of the kinds of lines."""
    order = [say.text(KINDS[kind]) for kind in KINDS]
    values = [
        {"month": str(own.period), "kind": say.text(KINDS[kind]), "net": net}
        for own in months
        for kind, net in own.kinds.items()
    ]
    encoding = {
        "x": {"field": "month", "type": "ordinal", "axis": {"title": None, "labelAngle": 0}},
        "y": {"field": "height", "type": "quantitative", "axis": {"title": None, "format": "~s"}},
        "color": {"field": "kind", "type": "nominal", "sort": order, "legend": {"title": None}},
    }
    return drawn(_chart(values, "net", "bar", encoding), say.code)


def break_even_chart(found: BreakEven, names: Mapping[str, str], say: Language) -> str:
    """What the cheapest plan of each package costs, by quantity."""
    values = [
        {"quantity": point.quantity, "package": names[package], "net": f"{net.amount:.2f}"}
        for point in found.points
        for package, net in point.nets
        if net is not None
    ]
    encoding = {
        "x": {
            "field": "quantity",
            "type": "quantitative",
            "axis": {"title": None, "format": "~s", "grid": False},
        },
        "y": {"field": "height", "type": "quantitative", "axis": {"title": None, "format": "~s"}},
        "color": {
            "field": "package",
            "type": "nominal",
            "sort": list(names.values()),
            "legend": {"title": None},
        },
    }
    return drawn(_chart(values, "net", {"type": "line", "strokeWidth": 2}, encoding), say.code)


def _chart(
    values: Sequence[Mapping[str, Any]], amount: str, mark: Any, encoding: Mapping[str, Any]
) -> dict[str, Any]:
    """Amounts go to the drawing as text; only where it places a mark does it count inexactly."""
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": list(values)},
        "transform": [{"calculate": f"toNumber(datum.{amount})", "as": "height"}],
        "mark": mark,
        "encoding": encoding,
    }
