"""Collecting a case for another region (异地代收代办): opening it, and handing it over to who handles it.

Rules:
1. The collecting department checks form and identity and sends the papers on; everything else is the handling one's.
   Both lists of duties are part of the case, and told to both departments by an event.
2. Evidence is read for the case, and it is accepted, only after it was handed over.
"""

from dataclasses import replace

from exchange.call import Call
from exchange.cases.delegation import may_collect, may_handle
from exchange.cases.open_step import find_open
from exchange.cases.regions import is_handed_over, shared_with, sharers_of
from exchange.cases.room import CaseRoom, CaseView, case_etag, check_whole
from exchange.cases.store import owner_party
from exchange.cases.telling import say
from exchange.entities.case import Case
from exchange.entities.catalogue import CROSS_REGION, Matter
from exchange.entities.collection import CHECKED, COLLECTING_DUTIES, HANDLING_DUTIES, Collection
from exchange.entities.event import Event, EventType
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.reasons import Reason


def only_collects(call: Call, matters: tuple[Matter, ...], channel: str) -> bool:
    """Whether the caller may open a case of these matters for another region, and for no other reason."""
    department = call.caller.department.uscc
    if channel != CROSS_REGION or any(may_handle(call.register, one.code, department, call.now) for one in matters):
        return False
    return all(may_collect(call.register, one.code, department, call.now) for one in matters)


def collect_case(call: Call, room: CaseRoom, case: Case) -> None:
    """Note that the new case is collected for another region, and tell both departments their duties."""
    if case.channel != CROSS_REGION:
        return
    collection = Collection(case.id, case.collecting_department, case.handling_department, call.now)
    call.change(room.store.collections.written(collection, call.data_key(room.store.owner(owner_party(case))), 0))
    duties = {"collecting_duties": ",".join(COLLECTING_DUTIES), "handling_duties": ",".join(HANDLING_DUTIES)}
    departments = {"collecting": case.collecting_department, "handling": case.handling_department}
    say(call, room, case, EventType.CASE_COLLECTED, {**departments, **duties})


def hand_over_case(call: Call, room: CaseRoom, case_id: str, etag: str, checked: frozenset[str]) -> CaseView:
    """The collecting department says that it has checked form and identity, and hands the case over.

    Raises ``InvalidError`` (checked), what ``find_open`` raises, and ``RefusedError`` with NOT_IMPLEMENTER (the caller
    did not collect it for another region), ETAG_MISMATCH or CASE_STATE (handed over before).
    """
    if checked != CHECKED:
        en, zh = f"must be {' and '.join(sorted(CHECKED))}", "应核验身份和形式"
        raise InvalidError((Violation("checked", en, zh),))
    found, _ = find_open(call, room, case_id)
    case, subject = found.case, f"cases/{case_id}"
    check_whole(call, case)
    known = call.read(room.store.collections.collections, case_id)
    department = call.caller.department.uscc
    still = all(may_collect(call.register, pin.code, department, call.now) for pin in case.matters)
    if known.value is None or known.value.collecting_department != department or not still:
        raise RefusedError(Reason.NOT_IMPLEMENTER, subject=subject)
    if etag != found.etag:
        raise RefusedError(Reason.ETAG_MISMATCH, subject=subject)
    if known.value.handed_over_time:
        raise RefusedError(Reason.CASE_STATE, subject=subject)
    after = replace(known.value, handed_over_time=call.now, handed_over_by=call.caller.name)
    key = call.data_key(room.store.owner(owner_party(case)))
    call.change(
        room.store.collections.written(after, key, known.version), room.store.write_case(case, key, found.version)
    )
    say(call, room, case, EventType.CASE_HANDED_OVER, {"checked": ",".join(sorted(checked))})
    return CaseView(case, case_etag(case_id, found.version + 1), collection=after)


def check_handed_over(call: Call, room: CaseRoom, case: Case) -> None:
    """Raises ``RefusedError(CASE_NOT_HANDED_OVER)`` for a case collected for another region that is not handed over."""
    if not is_handed_over(call, room.store, case):
        raise RefusedError(Reason.CASE_NOT_HANDED_OVER, subject=f"cases/{case.id}")


def tell_sharers(call: Call, room: CaseRoom, case: Case) -> None:
    """Tell the departments with which the files of a case that is being accepted are shared from now on.

    Matter by matter: nobody is told of one that is not shared with it, and who watches one is told of that one.
    """
    for pin in case.matters:
        audience = sharers_of(call, case, pin.code) - {case.handling_department}
        if not audience:
            continue
        call.draft.event(
            Event(
                type=EventType.CASE_SHARED,
                subject=f"cases/{case.id}",
                audience=audience | {case.handling_department},
                matter=pin.code,
                details={"handling": case.handling_department},
                owner=room.store.owner(owner_party(case)),
            )
        )


def with_regions(call: Call, room: CaseRoom, view: CaseView) -> CaseView:
    """The view with how the case was collected, and with whom its files are shared: nobody before it is accepted."""
    case = view.case
    collected = call.read(room.store.collections.collections, case.id).value if case.channel == CROSS_REGION else None
    shared = shared_with(call, case) - {case.handling_department} if case.accepted_time else frozenset()
    return replace(view, collection=collected, shared_with=tuple(sorted(shared)))
