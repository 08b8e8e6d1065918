"""One code, sixteen counters: one winner on every engine whose records last."""

import threading
import time
from pathlib import Path

import pytest
from storage_engines import LASTING_RECORDS, open_records

from exchange.consents.presenting import create_presentation_code, redeem_presentation_code
from exchange.errors import RefusedError
from exchange.reasons import Reason
from tests.fakes.consent_world import open_counter


@pytest.mark.parametrize("engine", LASTING_RECORDS)
def test_one_of_sixteen_wins(engine: str, tmp_path: Path) -> None:
    with open_counter(tmp_path, records=open_records(engine, tmp_path)) as counter:
        counter.world.hub.clock.us = time.time_ns() // 1000
        holder = counter.world.person()
        cases = [counter.world.open_case(holder) for _ in range(16)]
        code = counter.as_holder(holder, create_presentation_code, "", (), "").text
        rooms = [counter.another_process() for _ in cases]
        outcomes: list[tuple[Reason, ...]] = []
        start = threading.Barrier(len(cases))

        def redeem(place: int) -> None:
            start.wait()
            try:
                counter.world.as_clerk(redeem_presentation_code, rooms[place], cases[place], code)
            except RefusedError as error:
                outcomes.append(error.reasons)
            else:
                outcomes.append(())

        threads = [threading.Thread(target=redeem, args=(place,)) for place in range(len(cases))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [(), *[(Reason.CODE_AUDIENCE,)] * 15]
