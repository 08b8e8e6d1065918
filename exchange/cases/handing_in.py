"""Files that the applicant hands in for a line, and reading them again.

Rules:
1. The file is put as an object before the unit that names it; the same file for the same line again changes nothing.
2. Who collected a case may hand in for it and never reads what was handed in: that is for who handles it, once it is
   handed over. Departments of other regions read of an accepted case the files of those matters alone that are shared
   with them.
3. What was deferred is in with its first file; the last one lets the case go on.
"""

from dataclasses import replace

from exchange.call import Call, is_within_lines
from exchange.cases.case_now import read_evidence, seen_lines
from exchange.cases.collecting import check_handed_over
from exchange.cases.material_store import MaterialStore
from exchange.cases.materials import Upload, material_of
from exchange.cases.open_step import find_open, line_of
from exchange.cases.recording import bring_in, tell
from exchange.cases.regions import evidence_of, find_readable_case, shared_matters
from exchange.cases.room import CaseRoom, CaseView, FoundCase, case_etag, draft_people
from exchange.cases.store import owner_party
from exchange.entities.event import EventType
from exchange.entities.evidence import LineEvidence, Material
from exchange.errors import InvalidError, NotFoundError, RefusedError, Violation
from exchange.reasons import Reason

MAX_MATERIALS = 10
"""Files of one line."""
MATERIAL = "material"


def submit_evidence(
    call: Call, room: CaseRoom, materials: MaterialStore, case_id: str, name: tuple[str, str], upload: Upload
) -> CaseView:
    """Hand in a file for a line of a case that is not closed; ``name`` is (matter, requirement).

    Raises what ``find_open`` raises; ``InvalidError`` with every bad field; ``RefusedError`` with EVIDENCE_NOT_REQUIRED
    or DEFERRAL_LAPSED. Not checked: what ``materials`` says, and whether the file is what the guide asks for.
    """
    # 1 The file by itself: a bad one tells nothing of a case.
    problems = upload.problems()
    if problems:
        raise InvalidError(tuple(problems))
    # 2 The case and the line.
    found, evidence = find_open(call, room, case_id)
    line = line_of(call, room, found, *name)
    known = evidence.of(line)
    material = material_of(upload, call.now, call.caller.name)
    if any(one.digest == material.digest for one in known.materials):
        return CaseView(found.case, case_etag(case_id, found.version), evidence=_seen(call, room, found))
    if len(known.materials) >= MAX_MATERIALS:
        en, zh = f"the line has {MAX_MATERIALS} files already", f"该材料已有{MAX_MATERIALS}个文件"
        raise InvalidError((Violation("content", en, zh),))
    # 3 Object first, then the unit.
    changed = replace(known, materials=(*known.materials, material))
    after = bring_in(call, room.store, room.catalogue, found, (changed,))
    materials.put(case_id, material, upload.content, call.data_key(room.store.owner(owner_party(found.case))))
    tell(call, room.store, found.case, EventType.EVIDENCE_HANDED_IN, changed)
    return CaseView(after.case, case_etag(case_id, after.version), evidence=_seen(call, room, after))


def _seen(call: Call, room: CaseRoom, found: FoundCase) -> tuple[LineEvidence, ...]:
    return seen_lines(call, room.catalogue, found.case, found.evidence)


def get_material(
    call: Call, room: CaseRoom, materials: MaterialStore, case_id: str, digest: str
) -> tuple[Material, bytes]:
    """A file that was handed in for a case, or signed for it: for who handles it, and those with whom it is shared.

    Raises what ``find_readable_case`` raises, ``RefusedError`` with NOT_IMPLEMENTER, CASE_NOT_HANDED_OVER or
    CASE_EXPIRED, and ``NotFoundError(MATERIAL_NOT_FOUND)``, also of a line that the caller's token is not for.
    """
    found = find_readable_case(call, room, case_id)
    case = found.case
    handles = call.caller.department.uscc == case.handling_department
    shared = shared_matters(call, case)
    if not handles and not shared:
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=f"cases/{case_id}")
    check_handed_over(call, room, found.case)
    if call.now >= case.expires_time:
        raise RefusedError(Reason.CASE_EXPIRED, subject=f"cases/{case_id}")
    draft_people(call, room, case)
    known = read_evidence(call, room.store.evidence, case_id)
    lines = [line for line in known.lines.values() if is_within_lines(call, line.requirement)]
    for line in lines if handles else evidence_of(call, room, case, lines, shared):
        for material in _files(line):
            if material.digest == digest:
                return material, materials.content(case_id, material)
    raise NotFoundError(Reason.MATERIAL_NOT_FOUND, MATERIAL, f"cases/{case_id}")


def _files(line: LineEvidence) -> tuple[Material, ...]:
    signed = [line.deferral.promise.paper] if line.deferral is not None else []
    signed += [line.commitment.paper] if line.commitment is not None else []
    return (*line.materials, *(paper for paper in signed if paper is not None))
