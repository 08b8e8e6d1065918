"""A case of the small world whose guide asks for every kind of line, and what counters do about what is missing.

The hub has an identity card of the applicant, and no deed, no tax voucher and no permit.
"""

import hashlib
import io
import zipfile
from dataclasses import replace
from typing import Any

from exchange.cases.committing import commit_evidence
from exchange.cases.deferring import NewDeferral, defer_evidence
from exchange.cases.handing_in import submit_evidence
from exchange.cases.lifecycle import accept_case
from exchange.cases.materials import Upload
from exchange.cases.read import get_case
from exchange.cases.room import CaseView
from exchange.cases.signing import NewPromise
from exchange.clocks.due import Due, DueKind, due_now, taken
from exchange.due_work import due_handlers
from exchange.entities.case import Case
from exchange.entities.catalogue import Acceptance, Entity, Label, Necessity, Sharing
from exchange.entities.evidence import EvidenceForm, Language, LineEvidence, MediaType, Signature
from exchange.licences.availability import availability
from tests.fakes.licence_world import CITY, DEED, DEED_TYPE, FOOD, IDENTITY, MARKET, TAX, TAX_TYPE, World, line

DEFERRABLE, REPLACEABLE, OPTIONAL = Necessity.DEFERRABLE, Necessity.REPLACEABLE, Necessity.OPTIONAL
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20) + b"\xff\xd9"
NOTHING = NewPromise("", None, None, None)


def guide(**changes: Any) -> Entity:
    """The food matter, complete: identity is required, tax and deed may be deferred, seat replaced, extra left out."""
    lines = (
        line("identity", IDENTITY, "name", "citizen_id"),
        line("tax", TAX, "voucher", necessity=DEFERRABLE),
        line("deed", DEED, "unit_number", necessity=DEFERRABLE),
        line("seat", DEED, "address", necessity=REPLACEABLE, commitment_text=Label(zh="承诺", en="I commit")),
        line("extra", TAX, "voucher", necessity=OPTIONAL),
        line("seller_deed", DEED, "unit_number", party="seller"),
    )
    return replace(CITY[-1], evidence=lines, acceptance=Acceptance.COMPLETE, **changes)


def prepare(world: World) -> None:
    """Put the guide in force, with every type shared."""
    world.hub.publish(replace(TAX_TYPE, sharing=Sharing.UNCONDITIONAL), DEED_TYPE, guide())


def ofd(*names: str) -> bytes:
    """A ZIP archive with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "<ofd/>")
    return buffer.getvalue()


def upload(content: bytes = PDF, media_type: MediaType | None = MediaType.PDF, digest: str = "") -> Upload:
    return Upload(media_type, content, digest or hashlib.sha256(content).hexdigest())


def promise(digest: str, **changes: Any) -> NewPromise:
    return replace(NewPromise(digest, Language.ZH, Signature.CONFIRMED, None), **changes)


CLOCKS = {DueKind.CASE_CLOCK, DueKind.CASE_WINDOW}


class Counter:
    """What a clerk of the market department does about one case."""

    def __init__(self, world: World, case: str = "", **options: Any) -> None:
        self.world = world
        self.case = case or world.open_case(world.person(), **options)

    @property
    def room(self) -> Any:
        return self.world.case_room

    def view(self) -> CaseView:
        view: CaseView = self.world.as_clerk(get_case, self.room, self.case)
        return view

    def view_case(self) -> Case:
        """The case alone, past everything else that is known of it."""
        found = self.room.store.cases.fresh(self.case).value
        assert isinstance(found, Case)
        return found

    def line(self, requirement: str) -> LineEvidence:
        found = {one.requirement: one for one in self.view().evidence}
        return found[requirement]

    def accept(self, etag: str = "") -> CaseView:
        view: CaseView = self.world.as_clerk(accept_case, self.room, self.case, etag or self.view().etag)
        return view

    def deferring(self, *requirements: str, validate_only: bool = False, **options: Any) -> Any:
        """One call of DeferEvidence as it is; ``etag`` and members of the deferral may be given."""
        etag = options.pop("etag", "") or self.view().etag
        lines = tuple(("", each) for each in requirements)
        new = replace(NewDeferral(lines, EvidenceForm.COPY, 0, NOTHING), **options)
        find = availability(self.world.exchange_room)
        return self.world.as_clerk(
            defer_evidence, self.room, self.world.materials, find, self.case, etag, new, validate_only=validate_only
        )

    def defer(self, *requirements: str, **options: Any) -> Any:
        """Read the text, sign it, defer."""
        made = self.deferring(*requirements, validate_only=True, **options)
        options["deadline"] = made.deadline
        return self.deferring(*requirements, promise=promise(made.text_digest), **options)

    def committing(self, requirement: str, new: NewPromise, *, validate_only: bool = False) -> Any:
        find = availability(self.world.exchange_room)
        etag, name = self.view().etag, ("", requirement)
        return self.world.as_clerk(
            commit_evidence,
            self.room,
            self.world.materials,
            find,
            self.case,
            etag,
            name,
            new,
            validate_only=validate_only,
        )

    def commit(self, requirement: str) -> Any:
        made = self.committing(requirement, NOTHING, validate_only=True)
        return self.committing(requirement, promise(made.text_digest))

    def submit(self, requirement: str, sent: Upload | None = None, **options: Any) -> CaseView:
        name = (options.pop("matter", FOOD), requirement)
        caller = self.world.hub.caller(options.pop("department", MARKET), "clerk")
        view: CaseView = self.world.hub.run(
            caller, submit_evidence, self.room, self.world.materials, self.case, name, sent or upload()
        )
        return view

    def due(self, after: int = 10**10) -> list[Due]:
        """What is due by ``after``, but for the clock and the window of the case."""
        return [due for due in due_now(self.world.hub.records, after) if due.kind not in CLOCKS]

    def run_due(self) -> list[DueKind]:
        """Run what is due now, as the hub's runner does; returns what was run."""
        handlers = due_handlers(self.room, self.world.hub.records, self.world.hub.vault)
        ran = []
        while due := self.due(self.world.hub.clock.seconds):
            first = due[0]

            def handle(call: Any, first: Due = first) -> None:
                call.change(taken(first))
                handlers[first.kind](call, first.subject, first)

            self.world.as_clerk(handle)
            ran.append(first.kind)
        return ran

    def events(self) -> list[str]:
        """Types of everything that has happened, oldest first."""
        return [event.type for record in self.world.records() for event in record.events]
