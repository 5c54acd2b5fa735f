"""Routes in a process that runs on: they follow the orders, and are not kept without end."""

from __future__ import annotations

from datetime import date

from billing.orders.live import LiveRoutes
from metering.calendar import end_of
from tests.builders import catalog, event, order
from tests.running import decision_store, decoded, licznik, move_to_unknown_edition, place


def test_a_look_up_finds_orders_as_they_are_now(database: str) -> None:
    """A new one, and one that was ended since."""
    with decision_store(database) as decisions:
        routes = LiveRoutes(decisions, catalog())
        assert routes.find(["acme-main"]) == {}
        place(database, order())
        assert routes.find(["acme-main"])["acme-main"].service.end is None
        ended = licznik(database, "orders", "close", "acme-main", "--on", "2025-10-19")
        assert ended.status == 0, ended.err
        found = routes.find(["acme-main"])["acme-main"].service.end
    assert found == end_of(date(2025, 10, 19))


def test_an_order_of_an_edition_that_is_not_loaded_is_a_problem_of_its_own(database: str) -> None:
    """Its events are to come again; those of other orders are recorded."""
    place(database, order(), order(id="acme-new"))
    move_to_unknown_edition(database, "acme-new")
    with decision_store(database) as decisions:
        routes = LiveRoutes(decisions, catalog()).find(["acme-main", "acme-new"])
    sent = [event(id="a"), event(id="b", subject="acme-new")]
    batch = decoded(sent, routes)
    (rejected,) = batch.rejected
    assert batch.entries["order"].to_list() == ["acme-main"]
    assert [problem.code for problem in rejected.problems] == ["edition_not_loaded"]


def test_only_those_that_were_asked_for_are_given(database: str) -> None:
    """However few are remembered; names that no order can have are unknown."""
    place(database, order(), order(id="acme-second"))
    with decision_store(database) as decisions:
        routes = LiveRoutes(decisions, catalog(), most=1)
        for _ in range(2):
            assert routes.find(["acme-main", "acme-second"]).keys() == {"acme-main", "acme-second"}
            assert routes.find(["acme-main"]).keys() == {"acme-main"}
        assert routes.find(["", "\0", "acme\0main", "nobody"]) == {}
