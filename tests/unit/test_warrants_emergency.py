"""Breaking the glass: at once, for one person, watched, for half an hour, and answered for afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from exchange.clocks.due import DueKind, due_now, taken
from exchange.due_work import due_handlers
from exchange.entities.catalogue import Mandate, Purpose, Role, Sharing, Status
from exchange.entities.incident import Incident, IncidentReason, IncidentReview
from exchange.entities.licence import Holder
from exchange.errors import HubError, InvalidError
from exchange.incidents.declaring import NewIncident, close_incident, confirm_incident, get_incident, open_incident
from exchange.incidents.reviewing import list_waiting, review_incident
from exchange.incidents.room import IncidentRoom
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import (
    AUDIT,
    DEED,
    DEED_TYPE,
    IDENTITY,
    IDENTITY_TYPE,
    POLICE,
    SERVICE_CENTRE,
    TAX,
    World,
    department,
    field,
    open_keys,
    open_world,
    operator,
)
from tests.fakes.restriction_world import prepare, restrict
from tests.fakes.warrant_world import fetch_under, incident_room, last_entry

MANDATE, NARROW = "mandates/all", "mandates/centre"
JUSTIFIED = IncidentReview.JUSTIFIED
RESCUERS = ("guard", "second", "third")
CARD = replace(IDENTITY_TYPE, emergency_profile=frozenset({"name", "born", "citizen_id"}))
TITLE = replace(DEED_TYPE, emergency_profile=frozenset({"address"}))
NOON = 12 * 3600


def rescuers(code: str) -> Any:
    people = tuple(operator(name, Role.RESPONDER) for name in RESCUERS)
    return department(code, Role.ISSUER, Role.RESPONDER, operators=(*people, operator("issuer", Role.ISSUER)))


@dataclass
class Rescue:
    """The police with three responders, the service centre with others, and an audit office."""

    world: World
    room: IncidentRoom
    holder: Holder

    def new(self, **changes: Any) -> NewIncident:
        new = NewIncident(IncidentReason.LIFE_AT_RISK, self.holder, (IDENTITY,), "车祸伤者昏迷，需联系家属")
        return replace(new, **changes)

    def by(self, who: str, use_case: Any, *args: Any, department: str = POLICE) -> Any:
        return self.world.hub.run(self.world.hub.caller(department, who), use_case, self.room, *args)

    def open(self, who: str = "guard", **changes: Any) -> Incident:
        incident: Incident = self.by(who, open_incident, self.new(**changes))
        return incident

    def read(self, incident: Incident, *fields: str, who: str = "guard", **options: Any) -> Any:
        code = options.pop("department", POLICE)
        return fetch_under(self.world, code, who, f"incidents/{incident.id}", *fields, **options).extract

    def review(self, incident: Incident, *, mandate: str = MANDATE, who: str = "auditor") -> Incident:
        reviewed: Incident = self.by(who, review_incident, incident.id, mandate, JUSTIFIED, "有据", department=AUDIT)
        return reviewed

    def waiting(self, mandate: str = MANDATE) -> list[str]:
        def listed(call: Any, room: Any) -> Any:
            return list_waiting(call, room, mandate, after="", limit=10)

        return [each.id for each in self.by("auditor", listed, department=AUDIT).items]

    def run_due(self) -> list[DueKind]:
        handlers = due_handlers(self.world.case_room, self.world.hub.records, self.world.hub.vault)
        ran = []
        for due in due_now(self.world.hub.records, self.world.hub.clock.seconds):

            def handle(call: Any, due: Any = due) -> None:
                call.change(taken(due))
                handlers[due.kind](call, due.subject, due)

            self.world.hub.run(self.world.hub.caller(POLICE, "issuer"), handle)
            ran.append(due.kind)
        return ran

    def events(self) -> list[str]:
        return [event.type for record in self.world.records() for event in record.events]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def rescue(tmp_path: Path, keys: FileKeyBackend) -> Iterator[Rescue]:
    with open_world(tmp_path, keys=keys) as world:
        mandates = [
            Mandate("all", AUDIT, frozenset(), "审计通知书", "2025-01-01", "2026-12-31"),
            Mandate("centre", AUDIT, frozenset({SERVICE_CENTRE}), "审计通知书", "2025-01-01", "2026-12-31"),
        ]
        auditor = department(AUDIT, Role.AUDITOR, operators=(operator("auditor", Role.AUDITOR),))
        world.hub.publish(rescuers(POLICE), rescuers(SERVICE_CENTRE), auditor, CARD, TITLE, *mandates)
        world.hub.clock.advance(NOON)
        holder = world.person()
        world.issue(holder)
        yield Rescue(world, incident_room(world), holder)


def erase(world: World, holder: Holder) -> None:
    """Destroy the data key of a person."""
    owner = world.case_room.store.owner(holder)
    world.hub.write(world.hub.vault.destroy(owner))
    world.hub.vault.forget(owner)


def reasons(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[Reason, ...]:
    with pytest.raises(HubError) as caught:
        run(*args, **options)
    return tuple(caught.value.reasons)


def bad(run: Callable[..., Any], *args: Any, **options: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args, **options)
    return {violation.field for violation in caught.value.violations}


def test_a_life_is_saved_watched_and_answered_for(rescue: Rescue) -> None:
    incident = rescue.open()
    assert (incident.alerted, incident.until_time - incident.opened_time) == (True, 1800)
    assert rescue.holder.id_number not in repr(incident)
    opened = rescue.world.records()[-1].events[0]
    assert (opened.type, list(opened.audience)) == ("incident.opened", sorted({AUDIT, POLICE}))
    extract = rescue.read(incident, "name", "born")
    assert extract.fields["name"] == rescue.holder.name
    entry = last_entry(rescue.world)
    assert (entry.purpose, entry.evidence_object) == ("emergency", f"incidents/{incident.id}")
    assert [event.type for event in entry.events] == ["incident.read"]
    assert AUDIT in entry.events[0].audience
    assert rescue.by("second", confirm_incident, incident.id).confirmed_by == f"{POLICE}/second"
    assert rescue.by("guard", close_incident, incident.id).closed_time
    assert rescue.waiting() == [incident.id]
    reviewed = rescue.review(incident)
    assert (reviewed.review, reviewed.reviewed_by) == (JUSTIFIED, f"{AUDIT}/auditor")
    assert rescue.waiting() == []
    assert rescue.by("third", get_incident, incident.id).review_note == "有据"
    assert due_now(rescue.world.hub.records, 10**10) == []
    assert [each for each in rescue.events() if each.startswith("incident")] == [
        "incident.opened",
        "incident.read",
        "incident.confirmed",
        "incident.closed",
        "incident.reviewed",
    ]


def test_it_opens_the_profile_and_no_more(rescue: Rescue) -> None:
    incident = rescue.open()
    assert "*" in str(rescue.read(incident).fields["citizen_id"])
    assert reasons(rescue.read, incident, "married") == (Reason.FIELD_NOT_ALLOWED,)
    assert Reason.INCIDENT_SCOPE in reasons(rescue.read, incident, licence_type=DEED)
    both = rescue.open(licence_types=(IDENTITY, DEED))
    assert Reason.INCIDENT_SCOPE in reasons(rescue.read, both)  # which of the two, the caller has to say
    assert rescue.read(both, licence_type=IDENTITY)
    assert reasons(rescue.read, both, licence_type=DEED) == (Reason.LICENCE_NOT_FOUND,)


def test_prohibitions_and_sharing_are_not_waived(rescue: Rescue) -> None:
    incident = rescue.open()
    born = field("born", prohibited_purposes=frozenset({Purpose.EMERGENCY}))
    fields = tuple(born if each.name == "born" else each for each in CARD.fields)
    rescue.world.hub.publish(replace(CARD, fields=fields))
    assert reasons(rescue.read, incident) == (Reason.PROHIBITED,)
    assert rescue.read(incident, "name")
    rescue.world.hub.publish(replace(CARD, sharing=Sharing.NONE))
    assert reasons(rescue.read, incident) == (Reason.SHARING_FORBIDDEN,)


def test_what_the_catalogue_closes_is_closed_at_once_and_what_it_opens_is_not_opened(rescue: Rescue) -> None:
    both = rescue.open(licence_types=(IDENTITY, DEED))
    rescue.world.hub.publish(
        replace(CARD, emergency_profile=frozenset({"name", "height"})), replace(TITLE, emergency_profile=frozenset())
    )
    assert set(rescue.read(both).fields) == {"name"}  # of two types one is left, so the caller need not say which
    for field_name in ("born", "height"):
        assert reasons(rescue.read, both, field_name) == (Reason.FIELD_NOT_ALLOWED,)
    assert Reason.INCIDENT_SCOPE in reasons(rescue.read, both, licence_type=DEED)
    assert bad(rescue.open, licence_types=(IDENTITY, DEED)) == {"incident.licence_types"}
    assert set(rescue.read(rescue.open(), "height", "name").fields) >= {"name"}


def test_a_type_without_a_profile_opens_nothing(rescue: Rescue) -> None:
    rescue.world.hub.publish(IDENTITY_TYPE)
    for types in ((IDENTITY,), (TAX,), (IDENTITY, DEED), (DEED,) * 11):
        assert bad(rescue.open, licence_types=types) == {"incident.licence_types"}
    assert rescue.open(licence_types=(DEED,)).profile == ((DEED, ("address",)),)


def test_another_departments_incident_looks_like_none(rescue: Rescue) -> None:
    incident = rescue.open()
    for name in (incident.id, "0" * 32, "x"):
        for use_case in (get_incident, confirm_incident, close_incident):
            told = reasons(rescue.by, "second", use_case, name, department=SERVICE_CENTRE)
            assert told == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
        other = replace(incident, id=name)
        assert reasons(rescue.read, other, department=SERVICE_CENTRE) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    assert Reason.ROLE_MISSING in reasons(rescue.read, incident, who="issuer")


def test_it_ends_after_thirty_minutes_or_when_it_is_closed(rescue: Rescue) -> None:
    first, second = rescue.open(), rescue.open()
    rescue.by("second", close_incident, second.id)
    rescue.by("second", close_incident, second.id)
    assert reasons(rescue.read, second) == (Reason.INCIDENT_NOT_RUNNING,)
    assert reasons(rescue.by, "third", confirm_incident, second.id) == (Reason.INCIDENT_NOT_RUNNING,)
    rescue.world.hub.clock.advance(1799)
    assert rescue.read(first)
    rescue.world.hub.clock.advance(1)
    assert reasons(rescue.read, first) == (Reason.INCIDENT_NOT_RUNNING,)
    assert reasons(rescue.by, "third", confirm_incident, first.id) == (Reason.INCIDENT_NOT_RUNNING,)


def test_without_an_audit_department_a_second_person_is_needed(rescue: Rescue) -> None:
    resting = replace(rescue.world.hub.register.departments[AUDIT], status=Status.SUSPENDED)
    rescue.world.hub.publish(resting)
    incident = rescue.open()
    assert not incident.alerted
    assert reasons(rescue.read, incident) == (Reason.INCIDENT_UNCONFIRMED,)
    assert reasons(rescue.by, "guard", confirm_incident, incident.id) == (Reason.SECOND_PERSON_NEEDED,)
    rescue.by("second", confirm_incident, incident.id)
    assert rescue.by("third", confirm_incident, incident.id).confirmed_by == f"{POLICE}/second"
    assert rescue.read(incident)


def test_a_missing_review_suspends_the_operator_until_it_is_there(rescue: Rescue) -> None:
    late = rescue.open()
    rescue.world.hub.clock.us = late.review_deadline * 1_000_000
    assert reasons(rescue.open) == (Reason.REVIEW_OVERDUE,)
    running = rescue.open(who="second")
    assert reasons(rescue.read, running) == (Reason.REVIEW_OVERDUE,)
    assert rescue.read(running, who="second")
    assert reasons(rescue.by, "guard", confirm_incident, running.id) == (Reason.REVIEW_OVERDUE,)
    assert rescue.run_due() == [DueKind.INCIDENT_REVIEW]
    assert rescue.events()[-1] == "incident.review_overdue"
    assert rescue.run_due() == []
    rescue.review(late)
    assert rescue.open()


def test_what_was_erased_with_its_person_owes_no_review(rescue: Rescue) -> None:
    gone = rescue.open(holder=rescue.world.person())
    rescue.world.hub.clock.us = gone.review_deadline * 1_000_000
    assert reasons(rescue.open) == (Reason.REVIEW_OVERDUE,)
    erase(rescue.world, gone.holder)
    assert rescue.open()
    assert rescue.run_due() == [DueKind.INCIDENT_REVIEW]
    assert "incident.review_overdue" not in rescue.events()


def test_a_review_ends_what_still_runs(rescue: Rescue) -> None:
    incident = rescue.open()
    assert rescue.read(incident)
    assert rescue.review(incident).closed_time == rescue.world.hub.clock.seconds
    assert reasons(rescue.read, incident) == (Reason.INCIDENT_NOT_RUNNING,)
    over = rescue.open()
    rescue.world.hub.clock.us = over.until_time * 1_000_000
    assert not rescue.review(over).closed_time


def test_the_deadline_of_what_was_reviewed_says_nothing(rescue: Rescue) -> None:
    incident = rescue.open()
    rescue.review(incident)
    rescue.world.hub.clock.us = incident.review_deadline * 1_000_000
    assert rescue.run_due() == []
    assert reasons(rescue.review, incident) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)


def test_reviewers_need_a_mandate_that_covers_it(rescue: Rescue) -> None:
    incident = rescue.open()
    assert rescue.waiting(NARROW) == []
    assert reasons(rescue.review, incident, mandate=NARROW) == (Reason.EVIDENCE_OBJECT_UNKNOWN,)
    assert Reason.EVIDENCE_OBJECT_UNKNOWN in reasons(rescue.review, incident, mandate="mandates/none")
    no_finding = (review_incident, incident.id, MANDATE, None, "x" * 501)

    def reviewed() -> Any:
        return rescue.by("auditor", *no_finding, department=AUDIT)

    assert bad(reviewed) == {"review", "note"}


def test_twenty_incidents_without_a_review_are_enough(rescue: Rescue) -> None:
    opened = [rescue.open() for _ in range(20)]
    assert reasons(rescue.open) == (Reason.RATE_LIMITED,)
    rescue.review(opened[0])
    assert rescue.open()


def test_what_was_erased_with_its_person_is_none_of_the_twenty(rescue: Rescue) -> None:
    gone = [rescue.open(holder=rescue.world.person()) for _ in range(20)]
    assert reasons(rescue.open) == (Reason.RATE_LIMITED,)
    erase(rescue.world, gone[0].holder)
    assert rescue.open()
    assert reasons(rescue.open) == (Reason.RATE_LIMITED,)


def test_every_bad_field_is_told_at_once(rescue: Rescue) -> None:
    nobody = Holder("111", "12", "")
    wrong = {"incident.holder.id_number", "incident.holder.name", "incident.reason", "incident.licence_types"}
    everything = rescue.new(reason=None, holder=nobody, licence_types=("x",), note="")
    assert bad(rescue.by, "guard", open_incident, everything) == wrong | {"incident.note"}
    assert bad(rescue.open, licence_types=()) == {"incident.licence_types"}


def test_a_restriction_on_the_holder_forbids_it(rescue: Rescue) -> None:
    """An emergency waives consent, never a prohibition: whoever means it names EMERGENCY."""
    prepare(rescue.world)
    incident = rescue.open()
    restrict(rescue.world, rescue.holder, Purpose.SERVICE, Purpose.SUPERVISION)
    assert rescue.read(incident)
    restrict(rescue.world, rescue.holder, Purpose.EMERGENCY)
    assert reasons(rescue.read, incident) == (Reason.PROHIBITED,)
    assert last_entry(rescue.world).evidence_object == f"incidents/{incident.id}"
