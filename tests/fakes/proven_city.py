"""The city of ``licence_world`` with everything that it publishes: log, trust list, status lists, time-stamps.

with open_city(tmp_path) as city:
    issued = city.issue()                      # as the real method does, recorded in the log
    city.publish()                             # grows the log, signs the lists
    trust = city.trust_folder(tmp_path / "trust")
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.audit.indexer import Indexer
from exchange.audit.integrator import Integrator
from exchange.audit.proofs import LOG_VKEY, PublishedLog
from exchange.audit.queries import AccessQueries
from exchange.catalogue.codec import code_of
from exchange.evidence.case_package import HeldExtract, export_case_evidence
from exchange.evidence.licence_package import export_licence_evidence
from exchange.evidence.log_parts import STAMPED, LogRoom
from exchange.evidence.room import EvidenceRoom, Package
from exchange.licences.exchange_room import Fetched, FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.licences.issue import issue_licence
from exchange.licences.receipts import ReceiptKeys
from exchange.licences.room import IssuedLicence
from exchange.licences.seals import chains_in
from signer import sdjwt
from signer.algorithms import PublicKey, public_to_jwk, suite_of, thumbprint
from signer.certificates import der
from signer.cosignature import WitnessKey, cosign
from signer.keys.files import FileKeyBackend
from signer.note import NoteKey, parse_note
from signer.second_signature import sign_second
from signer.status_bits import Status, StatusBits
from signer.status_list import sign_status_list
from signer.trust_keeper import Anchors, anchors_digest
from signer.trust_list import (
    HubKey,
    KeyUse,
    PublicJwk,
    Term,
    TimestampAuthority,
    TrustedAuthority,
    TrustedCertificate,
    TrustedKey,
    TrustedLog,
    TrustedRoot,
    TrustedType,
    TrustedWitness,
    TrustList,
)
from signer.trust_list_codec import sign_trust_list
from storage.records.memory_index import MemoryAccessIndex
from tests.fakes.licence_world import DEED_TYPE, HUB, IDENTITY, IDENTITY_TYPE, LAND, POLICE, TAX_TYPE, World, open_world
from tests.fakes.signing import Pair
from tests.fakes.time_stamps import StampAuthority

SINCE = 1_735_700_000
"""Early in 2025: when everything that is listed began."""
YEAR = 366 * 86_400
LOG_ORIGIN = "hub.qinghe.example/log"


def jwk(public: PublicKey) -> PublicJwk:
    return PublicJwk(thumbprint(public), suite_of(public).name, public_to_jwk(public), public)


@dataclass(frozen=True, slots=True)
class Holding:
    """A licence as its holder's counter has it: credential, type code, identifier."""

    credential: str
    type_code: str
    identifier: str


class ProvenCity:
    """``world`` is the city; ``stamper`` None: no time-stamps; ``witness`` signs the checkpoints that are stamped."""

    def __init__(self, world: World, stamper: StampAuthority | None) -> None:
        self.world = world
        self.stamper = stamper
        self.trust, self.status, self.witness_pair = Pair(), Pair(), Pair("EdDSA")
        self.second = Pair("SM2-SM3")
        self.witness = WitnessKey("witness.example", self.witness_pair.public)
        self.log_private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.log_key = NoteKey(LOG_ORIGIN, self.log_private.public_key())
        world.objects.create(LOG_VKEY, f"{self.log_key.vkey}\n".encode())
        self.index = MemoryAccessIndex()
        self.bits: dict[str, StatusBits] = {}
        self.sequence = 0
        self.changes: dict[str, Any] = {}
        """What the next trust list says otherwise."""
        log = LogRoom(
            world.hub.records,
            world.objects,
            AccessQueries(world.hub.records, self.index),
            PublishedLog(world.objects, self.log_key),
            world.tagger,
        )
        self.room = EvidenceRoom(
            licences=world.room,
            cases=world.case_room,
            log=log,
            receipts=world.receipts,
            receipt_keys=ReceiptKeys(world.keys),
            roots=(world.ca,),
        )

    @property
    def now(self) -> int:
        return self.world.hub.clock.seconds

    def issue(self, holder: Any = None) -> Holding:
        """An identity card; its entry names the real method."""
        person = holder or self.world.person()
        issued: IssuedLicence = self.run(
            "IssuanceService/IssueLicence",
            POLICE,
            "issuer",
            issue_licence,
            self.world.room,
            IDENTITY,
            self.world.identity(person),
            validate_only=False,
        )
        self.place(issued.credential)
        return Holding(issued.credential, IDENTITY, issued.view.licence.identifier)

    def fetch(self, case: str, *fields: str, line: str = "identity") -> Fetched:
        request = FetchRequest(case, line, fields, "")
        market = self.world.exchange_room
        return self.clerk("ExchangeService/FetchLicence", fetch_licence, market, request)

    def clerk(self, method: str, use_case: Any, *args: Any, **options: Any) -> Any:
        from tests.fakes.licence_world import MARKET

        return self.run(method, MARKET, "clerk", use_case, *args, **options)

    def run(self, method: str, department: str, operator: str, use_case: Any, *args: Any, **options: Any) -> Any:
        def named(call: Any, *given: Any, **more: Any) -> Any:
            call.draft.method = f"onceonly.v1.{method}"
            return use_case(call, *given, **more)

        return self.world.hub.run(self.world.hub.caller(department, operator), named, *args, **options)

    def licence_evidence(self, holding: Holding, *, reason: str = "诉讼", at_time: int = 0) -> Package:
        return self.run(
            "EvidenceService/ExportLicenceEvidence",
            POLICE,
            "issuer",
            export_licence_evidence,
            self.room,
            holding.type_code,
            holding.identifier,
            reason=reason,
            at_time=at_time,
        )

    def case_evidence(self, case: str, *extracts: HeldExtract, reason: str = "诉讼") -> Package:
        return self.clerk(
            "EvidenceService/ExportCaseEvidence",
            export_case_evidence,
            self.room,
            case,
            reason=reason,
            extracts=extracts,
        )

    def place(self, credential: str) -> tuple[str, int]:
        """The status list and place that a credential names."""
        reference = sdjwt.parse(credential).payload["status"]["status_list"]  # type: ignore[index,call-overload]
        self.bits.setdefault(reference["uri"], StatusBits())
        return reference["uri"], reference["idx"]

    def set_status(self, credential: str, status: Status) -> None:
        uri, index = self.place(credential)
        self.bits[uri].set(index, status)

    def publish(self, *, stamped: bool = False) -> None:
        """Grow and index the log, sign status lists and a new trust list."""
        records = self.world.hub.records
        Integrator(records, self.index, self.world.objects, self.log_key, self.log_private.sign).run_once()
        Indexer(records, self.index).run_once()
        if stamped:
            self.stamp()
        for uri in self.bits:
            self.world.objects.replace(f"{uri.removeprefix(f'{HUB}/')}.jwt", self.status_list(uri).encode())
        self.publish_trust()

    def publish_trust(self) -> None:
        """Sign and publish the next trust list, and its anchors."""
        self.sequence += 1
        self.world.objects.replace("trust/list.jwt", self.trust_token().encode())
        self.world.objects.replace("trust/anchors.json", self.anchors().to_json())

    def stamp(self) -> None:
        """Cosign and stamp the latest checkpoint, as the publisher does."""
        note = self.world.objects.get("log/checkpoint").decode()
        text = parse_note(note).text
        note += cosign(text, self.witness, self.now, self.witness_pair.sign)
        folder = f"{STAMPED}{int(text.split()[1]):020d}"
        self.world.objects.replace(f"{folder}/checkpoint", note.encode())
        self.world.objects.replace("log/cosigned", note.encode())
        if self.stamper is not None:
            stamp = self.stamper.reply_to(note.encode(), "-sha256", "-cert")
            self.world.objects.replace(f"{folder}/timestamp.tsr", stamp)

    def status_list(self, uri: str, **changes: Any) -> str:
        options = {"issue_time": self.now, "expire_time": self.now + 7 * 86_400, "ttl": 3600}
        kid = thumbprint(self.status.public)
        return sign_status_list(
            self.bits[uri], uri=uri, kid=kid, alg="ES256", sign=self.status.sign, **(options | changes)
        )

    def second_signature(self, credential: str) -> str:
        issuer_jwt = credential.partition("~")[0]
        kid = thumbprint(self.second.public)
        return sign_second(issuer_jwt, kid=kid, alg="SM2-SM3", sign=self.second.sign)

    def anchors(self) -> Anchors:
        return Anchors(HUB, (jwk(self.trust.public),))

    def anchors_digest(self) -> str:
        return anchors_digest(self.anchors().public_keys())

    def trust_token(self) -> str:
        listed = self.trust_list()
        return sign_trust_list(listed, kid=thumbprint(self.trust.public), alg="ES256", sign=self.trust.sign)

    def trust_list(self) -> TrustList:
        always = Term(SINCE)
        hub_keys = (
            (KeyUse.STATUS_LISTS, self.status.public),
            (KeyUse.RECEIPTS, self.world.keys.public_key("receipts")),
        )
        plain = TrustList(
            hub=HUB,
            issue_time=self.now,
            expire_time=self.now + 30 * 86_400,
            sequence=max(1, self.sequence),
            trust_keys=(jwk(self.trust.public),),
            roots=(TrustedRoot(certificate=self.world.ca, term=always),),
            authorities=(self.authority(POLICE, IDENTITY_TYPE), self.authority(LAND, DEED_TYPE, TAX_TYPE)),
            keys=tuple(HubKey(use=use, jwk=jwk(public), term=always) for use, public in hub_keys),
            logs=(TrustedLog(vkey=self.log_key.vkey, term=always),),
            witnesses=(TrustedWitness(self.witness.vkey),),
            quorum=0,
            timestamp_authorities=()
            if self.stamper is None
            else (TimestampAuthority(self.stamper.root_der, "Time-stamp root"),),
        )
        return replace(plain, **self.changes)

    def authority(self, uscc: str, *types: Any, second: Any = None, **certificate: Any) -> TrustedAuthority:
        """``certificate``: what the list says otherwise of its seal."""
        from cryptography import x509

        pem = chains_in(self.world.objects)(uscc)
        assert pem is not None
        chain = tuple(der(each) for each in x509.load_pem_x509_certificates(pem))
        seal = TrustedCertificate(
            sha256=sha256(chain[0]).hexdigest(), kid=f"seal of {uscc}", term=Term(SINCE), chain=chain
        )
        listed = [TrustedType(code=code_of(each), revision=1, term=Term(SINCE), second=second) for each in types]
        return TrustedAuthority(
            uscc=uscc,
            name={"zh": "机构", "en": "Authority"},
            certificates=(replace(seal, **certificate),),
            second_keys=(TrustedKey(jwk=jwk(self.second.public), term=Term(SINCE)),),
            types=tuple(listed),
        )

    def trust_folder(self, folder: Path) -> Path:
        """A verifier's trust directory with what is published now."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "anchors.json").write_bytes(self.world.objects.get("trust/anchors.json"))
        (folder / "trust-list.jwt").write_bytes(self.world.objects.get("trust/list.jwt"))
        for name in self.world.objects.names("status/"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.world.objects.get(name))
        return folder


def write_package(folder: Path, package: Package) -> Path:
    """The package as files."""
    for each in package.files:
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)
    return folder


@contextmanager
def open_city(
    folder: Path, *, keys: FileKeyBackend | None = None, stamper: StampAuthority | None = None, start: int = 0
) -> Iterator[ProvenCity]:
    """``start``: the hub's clock, Unix seconds; 0: the fakes' own."""
    with open_world(folder, keys=keys) as world:
        if start:
            world.hub.clock.us = start * 1_000_000
        yield ProvenCity(world, stamper)
