"""A hub that nobody vouches for any more: it serves as long as was configured, stops, and serves again by itself."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from onceonly.v1 import audit_service_pb2
from prometheus_client import CollectorRegistry

from exchange.app import build_single
from exchange.audit.proofs import log_key, verify_receipt
from exchange.client import CallError
from exchange.demo import desks
from exchange.demo.city import City
from exchange.publishing_options import Cosigner, WitnessesOptions
from exchange.stores import open_objects
from tests.fakes.town import LINE, MARKET, Town, until
from tests.fakes.witnesses import WitnessProcess

STOP_SECONDS = 8.0


@pytest.fixture
def witnessed(tmp_path) -> Iterator[tuple[Town, WitnessProcess]]:
    city = City.found(tmp_path / "city", workers=0)
    with closing(open_objects(city.config)) as objects:
        vkey = log_key(objects).vkey
    with WitnessProcess(tmp_path / "witness", "witness.example", [vkey]) as witness:
        cosigner = Cosigner(vkey=witness.key.vkey, url=witness.url)
        # Shorter than the configuration would take, for the test's sake.
        options = WitnessesOptions(cosigners=(cosigner,), quorum=1).model_copy(
            update={"stop_after_seconds": STOP_SECONDS}
        )
        config = city.config.model_copy(update={"witnesses": options})
        single = build_single(config, CollectorRegistry())
        single.start(lambda: None)
        city.loaded = city.load()
        town = Town(city)
        yield town, witness
        town.close()
        single.stop(5)
        single.wait()


def test_it_waits_for_witnesses_and_goes_on_by_itself(witnessed) -> None:
    town, witness = witnessed
    case, _ = town.ready_case()
    position = desks.fetch(town.hub(), case, LINE).log_position
    with town.machine(MARKET) as machine:
        request = audit_service_pb2.GetReceiptRequest(index=position.index, commitment=position.commitment)

        waits = []

        def receipt():
            try:
                answer = machine.call(machine.audit.GetReceipt, request)
            except CallError as error:
                waits.append((error.reasons, error.retry_seconds))
                return None
            return answer if answer.cosigned else None

        kept = until(receipt, "a cosigned receipt")
        assert set(waits) <= {(("RECEIPT_NOT_READY",), 2)}
        with closing(open_objects(town.city.config)) as objects:
            key = log_key(objects)
        verify_receipt(kept.receipt, position.commitment, key, [witness.key], 1)

        witness.kill()

        def refused() -> set[str]:
            try:
                machine.call(machine.audit.GetReceipt, request)
            except CallError as error:
                return set(error.reasons)
            return set()

        until(lambda: "LOG_UNWITNESSED" in refused(), "the hub to stop")
        until(lambda: town.health() == 2, "health to say so")
        witness.restart()
        until(lambda: not refused(), "the hub to serve again")
        until(lambda: town.health() == 1, "health to say so")
