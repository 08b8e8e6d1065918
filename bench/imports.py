"""Back-fill: licences a second through one worker, signed, and whether memory stays flat meanwhile."""

import tempfile
import time
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from onceonly.v1 import issuance_service_pb2 as pb

from bench.results import Results
from bench.stage import Stage
from bench.usage import resident_kb
from exchange.back_fill.sending import send_rows
from exchange.demo.city import City
from exchange.edge.convert.values import holder_message, put_field_values
from exchange.entities.catalogue import LicenceType
from exchange.synthetic import Synthetic


def measure(results: Results, stage: Stage) -> None:
    """Synthetic identity cards, made before the clock runs, on a hub of its own with one worker."""
    if results.smoke:
        _import(results, stage.lone().city, 200)
        return
    with tempfile.TemporaryDirectory() as folder, City.found(Path(folder) / "city", workers=1) as city:
        city.start()
        _import(results, city, 30_000)


def _import(results: Results, city: City, rows: int) -> None:
    licence_type = city.licence_type("identity-card")
    made = list(_rows(licence_type, rows))
    pids = [pid for name, pid in city.pids().items() if name in {"worker-0", "recorder"}]
    opening = pb.ImportLicencesRequest(
        parent=f"licenceTypes/{licence_type.code}",
        import_id=str(uuid.uuid4()),
        provenance="IMPORT_PROVENANCE_BACK_FILLED_REGISTER",
    )
    held = [resident_kb(pids)]
    done = 0
    with city.client("city-police", "issuer-1") as hub:
        started = time.perf_counter()
        for _, answer in send_rows(hub, opening, made):
            assert all(each.outcome == pb.IMPORT_OUTCOME_ISSUED for each in answer.results)
            done += len(answer.results)
            if done >= rows // 2 * len(held):
                held.append(resident_kb(pids))
        seconds = time.perf_counter() - started
    results.figure("import_licences_per_second", done / seconds, "/s", f"{done:,} licences through one worker")
    for name, kb in zip(("start", "middle", "end"), held, strict=False):
        results.figure(f"import_memory_{name}_mb", kb / 1024, "MB", f"worker and recorder at the {name}")


def _rows(licence_type: LicenceType, count: int) -> Iterator[pb.ImportRow]:
    synthetic = Synthetic(2029)
    for number in range(1, count + 1):
        person = synthetic.person(number)
        row = pb.ImportRow(row=number, source_digest=sha256(b"%d" % number).digest())
        row.licence.number = f"B-{number}"
        row.licence.issued_time.seconds = 1_600_000_000
        row.licence.holders.extend(holder_message(each) for each in synthetic.holders(licence_type, person))
        put_field_values(row.licence.fields, synthetic.licence_fields(licence_type, person, "清河市公安局"))
        yield row
