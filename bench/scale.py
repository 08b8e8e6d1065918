"""Whether a fetch stays as quick when the hub holds a million licences: the same fetches at two sizes, taken in turn.

Two hubs stand side by side, one over many licences, one over few. In each, some organisations have their licences
issued and their cases opened by calls; the licences of all the others are written straight into storage in large
transactions: sealed under their holders' own data keys, with holdings and taken numbers, as issuing leaves them. They
have no credential among the objects and no place on a status list, neither of which a fetch of another licence reads.

Rules:
1. Both hubs are started anew before the measurement, and every case is fetched once: no licence, holding, case, data
   key or credential is in a worker's memory when it is fetched. The files are in the system's page cache.
2. The hubs are called one at a time by turns, so that what else the machine does falls on both.
"""

import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from onceonly.v1 import exchange_service_pb2

from bench.hub import BUSINESS_LICENCE, LINE, MARKET, SEED, clerk, found_city, prepare
from bench.results import Results
from bench.stage import Stage
from bench.usage import processor_seconds
from exchange.client import HubClient, new_request_id
from exchange.codes import uscc
from exchange.demo.city import City
from exchange.entities.licence import Holder, Licence, LicenceEvent, LicenceState, Provenance, RevocationCause
from exchange.installation import BLIND_SECRET, MASTER_SECRET, open_keys
from exchange.layout import layout
from exchange.licences.store import LicenceStore, with_licence
from exchange.synthetic import Synthetic
from exchange.synthetic.organisations import organisation_number
from signer.identifier import mint
from signer.keys.backend import KeyBackend
from storage.blind import BlindIndex
from storage.objects.files import FileObjects
from storage.records.changes import Change
from storage.records.sqlite import SqliteRecords
from storage.vault import Vault

_FETCHED: Final = 1_000
_SHARED: Final = range(1_000, 1_020)
"""Organisations of the smoke form, to whose hubs others were issued before."""
_FIRST_SEEDED: Final = 100_000
"""Organisations below are those that the calls issue to."""
_IN_ONE_TRANSACTION: Final = 20_000

_Hub = tuple[City, tuple[str, ...]]
"""A city, and the cases that are fetched for in it."""


def measure(results: Results, stage: Stage) -> None:
    """The median fetch at both sizes, and the ratio of the two."""
    few, many = (100, 500) if results.smoke else (10_000, 1_000_000)
    with ExitStack() as held:
        hubs = _shared(results, stage, many) if results.smoke else _of_their_own(results, held, few, many)
        seen = _by_turns(hubs)
    for size, (p50, cpu) in zip((few, many), seen, strict=True):
        results.figure(f"fetch_cold_at_{size}_ms", p50, "ms", f"p50 of a first fetch with {size:,} licences")
        results.figure(f"fetch_cold_at_{size}_cpu_us", cpu, "µs", "processor time a call: workers and recorder")
    results.ratio("fetch_at_many_over_few", seen[1][0] / seen[0][0], f"≤ 1.3 ({many:,} licences over {few:,})")
    results.ratio("fetch_at_many_over_few_cpu", seen[1][1] / seen[0][1], "≤ 1.3 (processor time)")


def _of_their_own(results: Results, held: ExitStack, few: int, many: int) -> list[_Hub]:
    """Two hubs, seeded while they were stopped."""
    folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="bench-scale-")))
    hubs = []
    for name, size in (("few", few), ("many", many)):
        city = held.enter_context(found_city(folder / name, 1))
        city.start()
        cases = prepare(city, range(_FETCHED))
        city.stop()
        _seeded(results, name, city, size - 2 * _FETCHED)
        hubs.append((city, cases))
    for city, _ in hubs:
        city.start()
    return hubs


def _shared(results: Results, stage: Stage, many: int) -> list[_Hub]:
    """For the smoke form: the hubs of the stage, of which only that of many licences is seeded, and started anew."""
    few, seeded = stage.hub().city, stage.lone().city
    hubs = [(city, prepare(city, _SHARED)) for city in (few, seeded)]
    seeded.stop()
    _seeded(results, "many", seeded, many)
    seeded.start()
    return hubs


def _seeded(results: Results, name: str, city: City, count: int) -> None:
    started = time.perf_counter()
    seed(city, count)
    took = time.perf_counter() - started
    results.figure(f"scale_seeded_{name}_s", took, "s", f"writing {count:,} licences to storage")


def _by_turns(hubs: list[_Hub]) -> list[tuple[float, float]]:
    """Median milliseconds and processor microseconds of a fetch at each hub."""
    with ExitStack() as held:
        desks = [held.enter_context(city.client(MARKET, clerk(0))) for city, _ in hubs]
        taken: list[list[float]] = [[] for _ in hubs]
        before = [_used(city) for city, _ in hubs]
        for names in zip(*(cases for _, cases in hubs), strict=True):
            for place, case in enumerate(names):
                taken[place].append(_fetch(desks[place], case))
        used = [1e6 * (_used(city) - was) for (city, _), was in zip(hubs, before, strict=True)]
    return [(statistics.median(each), cpu / len(each)) for each, cpu in zip(taken, used, strict=True)]


def _fetch(desk: HubClient, case: str) -> float:
    """Milliseconds of one fetch."""
    request = exchange_service_pb2.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
    started = time.perf_counter()
    desk.call(desk.exchange.FetchLicence, request)
    return 1e3 * (time.perf_counter() - started)


def _used(city: City) -> float:
    return processor_seconds(
        pid for name, pid in city.pids().items() if name not in {"integrator", "publisher", "events", "public"}
    )


def seed(city: City, count: int) -> None:
    """Write business licences of ``count`` more organisations into the storage of a city whose hub is stopped."""
    places = layout(city.config)
    with (
        closing(SqliteRecords(places.records, read_only=False)) as records,
        closing(FileObjects(places.objects)) as objects,
    ):
        keys = open_keys(city.config)
        vault = Vault(records, _Wrapper(keys))
        blind = BlindIndex(keys.mac(BLIND_SECRET, b"blind index"))
        store = LicenceStore(records, objects, vault, blind)
        made = _made(city, count)
        for _ in range(0, count, _IN_ONE_TRANSACTION):
            with records.write() as transaction:
                for _, licence in zip(range(_IN_ONE_TRANSACTION), made, strict=False):
                    holder = licence.holders[0]
                    key, kept = vault.new_data_key(store.owner(holder))
                    changes: list[Change] = [
                        kept,
                        store.inserted(licence, key),
                        store.numbered(licence),
                        store.held(store.holding_key(licence.type_code, holder), 0, with_licence(None, licence)),
                    ]
                    transaction.apply(changes)


def _made(city: City, count: int) -> Iterator[Licence]:
    """Licences that differ in identifier, number, holder and digest; what they say is one organisation's."""
    first = _licence(city, Synthetic(SEED))
    for number in range(_FIRST_SEEDED, _FIRST_SEEDED + count):
        code = uscc(f"91990101{organisation_number(f'{number:08d}')}")
        holder = Holder("001", code, f"清河市规模测试有限公司（合成{number}号）")
        yield replace(
            first,
            identifier=str(mint(first.type_code, first.issuing_authority, f"BENCH{number:015d}", 1)),
            number=f"BENCH-{number}",
            holders=(holder,),
            digest=hashlib.sha256(holder.id_number.encode()).hexdigest(),
        )


def _licence(city: City, synthetic: Synthetic) -> Licence:
    licence_type = city.licence_type(BUSINESS_LICENCE)
    organisation = synthetic.organisation(_FIRST_SEEDED)
    now = int(time.time())
    event = LicenceEvent("issue", LicenceState.ACTIVE, RevocationCause.NONE, "", "", "issuer-1", now, now)
    return Licence(
        identifier="",
        number="",
        type_code=licence_type.code,
        type_revision=1,
        holders=(),
        issuing_authority=city.department(MARKET).uscc,
        fields=synthetic.licence_fields(licence_type, organisation),
        issued_time=now,
        valid_from_time=now,
        valid_until_time=0,
        version=1,
        state=LicenceState.ACTIVE,
        cause=RevocationCause.NONE,
        provenance=Provenance.ISSUED_HERE,
        predecessor="",
        successor="",
        status_index=0,
        digest="",
        signed_digest="",
        object_name="",
        related_matter="",
        history=(event,),
    )


class _Wrapper:
    """The master secret as the vault's key wrapper."""

    def __init__(self, keys: KeyBackend) -> None:
        self._keys = keys

    def wrap(self, plaintext: bytes, context: bytes) -> bytes:
        return self._keys.wrap(MASTER_SECRET, plaintext, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._keys.unwrap(MASTER_SECRET, wrapped, context)
