"""Reading applications: by the department that opened one, and by whoever handles one of its cases.

Rules:
1. An application that is not the caller's looks like one that does not exist.
2. It is told with the state of each of its cases and without people: who may see those reads the case.
"""

from dataclasses import dataclass

from exchange.audit.entry import key_epoch
from exchange.call import Call
from exchange.cases.application_store import APPLICATION, ApplicationStore
from exchange.cases.case_now import shown_now
from exchange.cases.room import CaseRoom, SeenCase, case_etag, is_id, works_on
from exchange.cases.store import owner_party
from exchange.entities.application import Application
from exchange.entities.case import Case
from exchange.entities.catalogue import Purpose
from exchange.errors import NotFoundError, RefusedError
from exchange.reasons import Reason
from storage.errors import ErasedError


@dataclass(frozen=True, slots=True)
class ApplicationRoom:
    """What the use cases on applications need."""

    cases: CaseRoom
    store: ApplicationStore


@dataclass(frozen=True, slots=True)
class FoundApplication:
    """An application that the caller may see, and its cases as they are now, in its order.

    A case whose applicant's data were erased is left out.
    """

    application: Application
    cases: tuple[SeenCase, ...]


def get_application(call: Call, room: ApplicationRoom, application_id: str) -> FoundApplication:
    """An application and how far each of its cases has come by now. Raises what ``find_application`` raises."""
    return find_application(call, room, application_id)


def find_application(call: Call, room: ApplicationRoom, application_id: str) -> FoundApplication:
    """The application, if the caller's department opened it or handles one of its cases, also as a counter.

    Raises ``NotFoundError(APPLICATION_UNKNOWN)`` and ``RefusedError(TOKEN_EXCEEDED)``. Expects the application and its
    cases unchanged at commit.
    """
    name = f"applications/{application_id}"
    unknown = NotFoundError(Reason.APPLICATION_UNKNOWN, APPLICATION, name)
    if not is_id(application_id):
        raise unknown
    call.draft.purpose = Purpose.SERVICE.value
    call.draft.case_tag = room.cases.tagger.case(application_id, key_epoch(call.now_us))
    call.draft.raw["application"] = application_id
    try:
        application = call.read(room.store.applications, application_id).value
    except ErasedError as error:
        raise unknown from error
    if application is None:
        raise unknown
    cases = tuple(found for case_id in application.cases if (found := _case(call, room, case_id)) is not None)
    if not cases:
        raise unknown
    opened = application.department == call.caller.department.uscc
    if not opened and not any(works_on(call, found.case) for found in cases):
        raise unknown
    _check_token(call, tuple(found.case for found in cases), name)
    call.draft.sealed_owner = room.cases.store.owner(owner_party(cases[0].case))
    return FoundApplication(application, cases)


def _case(call: Call, room: ApplicationRoom, case_id: str) -> SeenCase | None:
    try:
        read = call.read(room.cases.store.cases, case_id)
        if read.value is None:
            return None
        call.data_key(room.cases.store.owner(owner_party(read.value)))  # erased since it was read into memory?
        now = shown_now(call, room.cases.store.evidence, room.cases.catalogue, read.value)
    except ErasedError:
        return None
    return SeenCase(now, case_etag(case_id, read.version))


def _check_token(call: Call, cases: tuple[Case, ...], name: str) -> None:
    """A token that is limited to some cases or matters must cover every one of the application's."""
    matters, allowed, _ = call.caller.scope
    if allowed and not allowed.issuperset(case.id for case in cases):
        raise RefusedError(Reason.TOKEN_EXCEEDED, subject=name)
    if matters and not matters.issuperset(pin.code for case in cases for pin in case.matters):
        raise RefusedError(Reason.TOKEN_EXCEEDED, subject=name)
