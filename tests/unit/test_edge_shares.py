"""One department cannot crowd the others out, neither of threads nor of streams."""

import threading
from contextlib import ExitStack

import pytest

from exchange.edge.shares import DepartmentShares, StreamPlaces
from exchange.errors import RefusedError
from exchange.reasons import Reason


def overloaded(places: DepartmentShares | StreamPlaces, department: str) -> bool:
    try:
        with places.taken(department):
            return False
    except RefusedError as refused:
        return refused.reasons == (Reason.OVERLOADED,) and refused.retry_seconds == 1


def test_alone_a_department_may_have_everything() -> None:
    shares = DepartmentShares(2)
    with ExitStack() as held:
        for _ in range(10):
            held.enter_context(shares.taken("a"))
        assert not overloaded(shares, "a")


def test_beside_another_it_has_its_share_and_the_other_is_served() -> None:
    shares = DepartmentShares(2)
    with ExitStack() as held:
        for _ in range(5):
            held.enter_context(shares.taken("a"))
        assert not overloaded(shares, "b")
        with shares.taken("b"):
            assert overloaded(shares, "a")
            assert not overloaded(shares, "b")
        assert not overloaded(shares, "a")


def test_places_come_back_whatever_the_call_ends_with() -> None:
    shares = DepartmentShares(1)
    with shares.taken("b"):
        for _ in range(3):
            with pytest.raises(ValueError, match="failed"), shares.taken("a"):
                raise ValueError("failed")


def test_streams_are_bounded_in_all_and_for_each_department() -> None:
    places = StreamPlaces(4)
    with ExitStack() as held:
        for department in ("a", "a", "b"):
            held.enter_context(places.taken(department))
        assert overloaded(places, "a")
        with places.taken("c"):
            assert overloaded(places, "d")
        assert not overloaded(places, "d")
        assert not overloaded(places, "b")
    assert not overloaded(places, "a")


def test_one_stream_in_all_is_anyones() -> None:
    places = StreamPlaces(1)
    with places.taken("a"):
        assert overloaded(places, "b")
    assert not overloaded(places, "b")


@pytest.mark.parametrize("places", [DepartmentShares(3), StreamPlaces(6)])
def test_many_threads_leave_nothing_behind(places: DepartmentShares | StreamPlaces) -> None:
    def work() -> None:
        for _ in range(300):
            overloaded(places, "a")
            overloaded(places, "b")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(places.taken("a"))
        held.enter_context(places.taken("b"))
        assert overloaded(places, "a")
