"""A city with two authorities, two licence types and seals, for tests of the licence rooms. All of it is synthetic.

with open_world(tmp_path) as world:
    issued = world.issue(world.person())
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.audit import journal
from exchange.audit.entry import Tagger, parse
from exchange.audit.unit import Recorder
from exchange.cases.consent import NewConsent, record_consent
from exchange.cases.material_store import MaterialStore
from exchange.cases.new_case import NewCase
from exchange.cases.open import open_case
from exchange.cases.room import CaseRoom
from exchange.cases.store import CaseStore
from exchange.codes import citizen_id, licence_type_code, matter_code, uscc
from exchange.entities.case import CaseParty
from exchange.entities.catalogue import (
    Acceptance,
    Basis,
    CaseAssurance,
    DataType,
    Department,
    Entity,
    EvidenceRequirement,
    Field,
    FieldClass,
    HolderCategory,
    Label,
    Level,
    LicenceKind,
    LicenceType,
    Matter,
    MatterKind,
    Necessity,
    Operator,
    Party,
    Purpose,
    Role,
    Sharing,
    Situation,
    Status,
)
from exchange.entities.licence import Holder
from exchange.licences.exchange_room import ExchangeRoom, Fetched, FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.licences.gathering import Gathering, StandingCache
from exchange.licences.grounds import ground_finder
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.lines import LinePlans
from exchange.licences.opening import CredentialOpener
from exchange.licences.presenting import Presenter
from exchange.licences.receipts import ReceiptDesk
from exchange.licences.room import IssuedLicence, LicenceRoom
from exchange.licences.seals import SealRing, chain_object, chains_in, key_id
from exchange.licences.second import SecondDemands, SecondRing, SecondRoom
from exchange.licences.store import LicenceStore
from exchange.licences.supervised import licence_finder
from exchange.purpose.decision import policy_digest
from exchange.purpose.limits import Limits
from exchange.ratings.room import RatingRoom, RatingStore
from exchange.results.room import ResultRoom, ResultStore
from exchange.supervision.room import SupervisionRoom, SupervisionStore
from signer.keys.files import FileKeyBackend
from signer.seal_issuance import create_ca, issue_seal
from signer.trust import SealTrust
from storage.objects.memory import MemoryObjects
from storage.records.interface import Records
from tests.fakes.rooms import Hub, open_hub

NATION = uscc("11980000MB0000001")
POLICE = uscc("11990100MB0000002")
MARKET = uscc("11990100MB0000003")
LAND = uscc("11990100MB0000004")
SERVICE_CENTRE = uscc("11990100MB0000005")
AUDIT = uscc("11990100MB0000007")
HUB = "https://hub.qinghe.example"

IDENTITY = licence_type_code(NATION, 1)
DEED = licence_type_code(NATION, 2)
TAX = licence_type_code(NATION, 3)

FOOD = matter_code(MARKET, Level.CITY, "990101000000")


def label(text: str) -> Label:
    return Label(zh=text, en=text)


def department(code: str, *roles: Role, operators: tuple[Operator, ...] = ()) -> Department:
    return Department(
        uscc=code,
        name=label(f"Department {code[-4:]}"),
        region="990100",
        level=Level.CITY,
        parent=None,
        roles=frozenset(roles),
        status=Status.ACTIVE,
        certificates=frozenset(),
        token_keys=(),
        operators=operators,
        delegations=(),
    )


def operator(name: str, *roles: Role) -> Operator:
    return Operator(name, frozenset(roles), 2, Status.ACTIVE)


def field(name: str, data_type: DataType = DataType.STRING, **changes: Any) -> Field:
    plain = Field(
        name=name,
        label=label(name),
        data_type=data_type,
        required=False,
        field_class=FieldClass.PERSONAL,
        max_length=100,
        mask="",
        codes=(),
        prohibited_purposes=frozenset(),
    )
    return replace(plain, **changes)


def licence_type(code: str, *fields: Field, issuers: tuple[str, ...], **changes: Any) -> LicenceType:
    plain = LicenceType(
        code=code,
        name=label(f"Type {code[-3:]}"),
        kind=LicenceKind.LICENCE,
        holder_category=HolderCategory.PERSON,
        co_holders=False,
        defining_authority=code[:18],
        issuers=frozenset(issuers),
        related_matter="",
        validity_text=label("long-term"),
        validity_days=0,
        fields=fields,
        sharing=Sharing.UNCONDITIONAL,
        retention_days=3650,
    )
    return replace(plain, **changes)


def line(name: str, code: str, *fields: str, **changes: Any) -> EvidenceRequirement:
    plain = EvidenceRequirement(
        id=name,
        name=label(name),
        licence_type=code,
        party="applicant",
        fields=frozenset(fields),
        necessity=Necessity.REQUIRED,
        bases=frozenset({Basis.DUTY}),
        legal_reference="Article 1",
        max_uses=3,
        min_assurance=CaseAssurance.C0,
        situations=frozenset(),
        prefills=(),
        withdrawn=False,
    )
    return replace(plain, **changes)


def matter(code: str, *lines: EvidenceRequirement, **changes: Any) -> Matter:
    plain = Matter(
        code=code,
        basic_code=code[19:31],
        name=label("A matter"),
        kind=MatterKind.PERMISSION,
        legal_bases=("Article 1",),
        applicant=HolderCategory.PERSON,
        parties=(
            Party("applicant", label("applicant"), HolderCategory.PERSON, required=True),
            Party("seller", label("seller"), HolderCategory.PERSON, required=False),
        ),
        conditions=(),
        steps=(label("apply"),),
        situations=(Situation("abroad", label("abroad")),),
        evidence=lines,
        statutory_days=20,
        promised_days=10,
        result_type="",
        channels=frozenset({"counter"}),
        supervising_department="",
        transition_seconds=0,
        acceptance=Acceptance.DEPARTMENT,
    )
    return replace(plain, **changes)


IDENTITY_TYPE = licence_type(
    IDENTITY,
    field("name", required=True),
    field("citizen_id", required=True, max_length=18, mask="citizen_id"),
    field("nation", DataType.CODE, codes=("汉族", "回族", "满族")),
    field("born", DataType.DATE),
    field("height", DataType.DECIMAL, max_length=8),
    field("children", DataType.INTEGER),
    field("married", DataType.BOOLEAN),
    field("aliases", DataType.TEXT_LIST),
    field("faith", prohibited_purposes=frozenset({Purpose.SERVICE})),
    issuers=(POLICE,),
    validity_days=3650,
)
DEED_TYPE = licence_type(
    DEED,
    field("unit_number", required=True),
    field("address", mask="address"),
    issuers=(LAND,),
    co_holders=True,
    holder_category=HolderCategory.EITHER,
)
TAX_TYPE = licence_type(TAX, field("voucher", required=True), issuers=(MARKET, LAND), sharing=Sharing.CONDITIONAL)

CITY: tuple[Entity, ...] = (
    department(NATION, Role.CATALOGUE_MANAGER),
    department(POLICE, Role.ISSUER, operators=(operator("issuer", Role.ISSUER),)),
    department(
        MARKET,
        Role.ISSUER,
        Role.REQUESTER,
        operators=(operator("clerk", Role.REQUESTER), operator("issuer", Role.ISSUER)),
    ),
    department(LAND, Role.ISSUER, Role.REQUESTER, operators=(operator("issuer", Role.ISSUER, Role.REQUESTER),)),
    department(SERVICE_CENTRE, Role.REQUESTER, operators=(operator("clerk", Role.REQUESTER),)),
    IDENTITY_TYPE,
    DEED_TYPE,
    TAX_TYPE,
    matter(
        FOOD,
        line("identity", IDENTITY, "name", "citizen_id", "born"),
        line("deed", DEED, "unit_number", "address", bases=frozenset({Basis.CONSENT})),
        line("seller_identity", IDENTITY, "name", party="seller", situations=frozenset({"abroad"})),
        line("tax", TAX, "voucher", necessity=Necessity.DEFERRABLE),
    ),
)


class World:
    """A hub with the city in force, a key backend with a CA, and seals of the issuing departments."""

    def __init__(self, hub: Hub, keys: FileKeyBackend) -> None:
        self.hub = hub
        self.keys = keys
        self.objects = MemoryObjects()
        self.tagger = Tagger(hub.blind)
        self.ca = make_ca(keys)
        self.roots = (x509.load_der_x509_certificate(self.ca),)
        for authority in (POLICE, MARKET, LAND):
            make_seal(self, authority)
        self.store = LicenceStore(hub.records, self.objects, hub.vault, hub.blind)
        self.seals = SealRing(keys, chains_in(self.objects), keys.refresh)
        self.without_second_key: list[str] = []
        ring = SecondRing(keys, keys.refresh, self.without_second_key.append)
        self.seconds = SecondRoom(ring, SecondDemands(HUB, hub.catalogue))
        self.room = LicenceRoom(HUB, hub.records, self.store, self.seals, self.tagger, ring)
        self._people = count(1)
        self.case_room = CaseRoom(CaseStore(hub.records, hub.vault, hub.blind), hub.catalogue, self.tagger)
        self.keys_for_receipts()
        self.trust = SealTrust((self.ca,))
        self.receipts = ReceiptDesk(HUB, lambda: keys.signer("receipts"))
        self.exchange_room = self.new_exchange_room()
        self._cases = count(1)
        self.result_room = self.new_result_room()
        cases = self.case_room.store
        hub.caches.extend([self.store.licences, self.store.holdings, self.store.numbers])
        hub.caches.extend([cases.cases, cases.consents, cases.consent_cases, cases.numbers])
        hub.caches.extend([cases.evidence.lines, cases.evidence.exclusions, cases.disputes.disputes])
        hub.caches.extend([cases.collections.collections, cases.restricted])
        self.materials = MaterialStore(self.objects, hub.vault)
        hub.caches.extend([cases.cases, cases.clocks, cases.consents, cases.consent_cases, cases.numbers])

    def new_result_room(self) -> ResultRoom:
        """Decisions, their results, ratings and supervision, over this city's cases and licences."""
        records, vault = self.hub.records, self.hub.vault
        supervision = SupervisionRoom(SupervisionStore.over(records, vault), self.case_room, licence_finder(self.room))
        ratings = RatingRoom(RatingStore.over(records, vault), self.case_room, self.hub.blind)
        store = ResultStore.over(records, vault)
        return ResultRoom(store, self.case_room, self.room, ratings, supervision)

    def keys_for_receipts(self) -> None:
        if not any(known.key_id == "receipts" for known in self.keys.list()):
            self.keys.generate("receipts", "ES256")

    def new_exchange_room(self, limits: Limits | None = None, recorder: Recorder | None = None) -> ExchangeRoom:
        """A room with empty caches of its own, as another process has."""
        opener = CredentialOpener(self.store, self.trust, self.seconds.demands)
        gathering = Gathering(
            cases=self.case_room.store,
            plans=LinePlans(self.hub.catalogue),
            records=self.hub.records,
            standing=StandingCache(recorder or self.hub.recorder, lambda: self.hub.clock.us / 1e6),
            tagger=self.tagger,
            limits=limits or Limits(),
            ground=ground_finder(self.store, opener),
        )
        return ExchangeRoom(self.store, gathering, opener, Presenter(), self.receipts, policy_digest())

    def person(self, name: str = "张三") -> Holder:
        number = next(self._people)
        return Holder("111", citizen_id("990100", date(1990, 1, 1 + number // 999), 1 + number % 999), name)

    def identity(self, holder: Holder, **changes: Any) -> NewLicence:
        new = NewLicence(
            number=holder.id_number,
            holders=(holder,),
            fields={"name": holder.name, "citizen_id": holder.id_number, "born": "1990-01-01"},
            issued_time=0,
            valid_from_time=0,
            valid_until_time=0,
            related_matter="",
        )
        return replace(new, **changes)

    def deed(self, *holders: Holder, number: str = "D-1", **changes: Any) -> NewLicence:
        new = NewLicence(
            number, holders, {"unit_number": "990100-1", "address": "清河市和平路一号院二号楼"}, 0, 0, 0, ""
        )
        return replace(new, **changes)

    def issue(self, holder: Holder, **changes: Any) -> IssuedLicence:
        """An identity card of a person, issued by the police."""
        return self.as_issuer(POLICE, issue_licence, IDENTITY, self.identity(holder, **changes), validate_only=False)

    def issue_deed(self, *holders: Holder, **changes: Any) -> IssuedLicence:
        return self.as_issuer(LAND, issue_licence, DEED, self.deed(*holders, **changes), validate_only=False)

    def as_issuer(self, authority: str, use_case: Any, *args: Any, **options: Any) -> Any:
        """The answer of an issuer's use case, committed."""
        return self.hub.run(self.hub.caller(authority, "issuer"), use_case, self.room, *args, **options)

    def open_case(self, applicant: Holder, *, clerk: str = "clerk", **changes: Any) -> str:
        """The id of a new food case of the market department."""
        new = NewCase(
            number=f"C-{next(self._cases)}",
            matters=(FOOD,),
            bundle="",
            handling_department="",
            parties=(CaseParty("applicant", applicant),),
            representations=(),
            situations=frozenset(),
            channel="counter",
        )
        caller = self.hub.caller(MARKET, clerk)
        view = self.hub.run(caller, open_case, self.case_room, replace(new, **changes))
        return str(view.case.id)

    def consent(self, case: str, *requirements: str, **changes: Any) -> str:
        """The id of a consent of the applicant to these lines, recorded at the counter."""
        new = NewConsent(
            "applicant", frozenset(requirements), frozenset(), 0, self.hub.clock.seconds + 3600, 2, "ab" * 32
        )
        return str(self.as_clerk(record_consent, self.case_room, case, replace(new, **changes)).id)

    def as_clerk(self, use_case: Any, *args: Any, **options: Any) -> Any:
        """The answer of a counter's use case, committed."""
        return self.hub.run(self.hub.caller(MARKET, "clerk"), use_case, *args, **options)

    def fetch(self, case: str, requirement: str = "identity", *fields: str) -> Fetched:
        return self.as_clerk(fetch_licence, self.exchange_room, FetchRequest(case, requirement, fields, ""))

    def records(self) -> list[Any]:
        """Every entry of the log so far, oldest first."""
        entries = [item.entry for item in journal.read(self.hub.records, 0, self.hub.records.journal_length())]
        return [parse(entry) for entry in entries if entry != b"test"]


def make_ca(keys: FileKeyBackend) -> bytes:
    if not any(known.key_id == "ca" for known in keys.list()):
        keys.generate("ca", "ES256")
    return create_ca(
        keys,
        "ca",
        name="Qinghe test CA",
        not_before=datetime(2025, 1, 1, tzinfo=UTC),
        not_after=datetime(2045, 1, 1, tzinfo=UTC),
    )


def make_seal(world: World, authority: str) -> None:
    """A seal key (or its next version) of an authority and its certificate."""
    key = key_id(authority)
    if any(known.key_id == key for known in world.keys.list()):
        world.keys.rotate(key)
    else:
        world.keys.generate(key, "ES256")
    certificate = issue_seal(
        world.keys,
        "ca",
        world.ca,
        authority=authority,
        name=f"Seal {authority[-4:]}",
        public_key=world.keys.public_key(key),
        not_before=datetime(2025, 1, 1, tzinfo=UTC),
        not_after=datetime(2040, 1, 1, tzinfo=UTC),
    )
    pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    world.objects.replace(chain_object(authority), pem)


@contextmanager
def open_world(folder: Path, *, keys: FileKeyBackend | None = None, records: Records | None = None) -> Iterator[World]:
    """``keys`` shared between worlds spare the derivation of a folder key for each; ``records`` None: SQLite."""
    with open_hub(folder, records) as hub:
        hub.publish(*CITY)
        yield World(hub, keys or open_keys(folder / "keys"))


def open_keys(folder: Path) -> FileKeyBackend:
    return FileKeyBackend(folder, b"a passphrase for tests")
