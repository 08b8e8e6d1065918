"""Enrolment: what the hub's operator does once for a department, before it can call.

    <folder>/client.pem, client.key   the TLS identity of the department's system
    <folder>/token.key                the key that signs its access tokens
    <folder>/ca.pem                   the authority that the hub's own certificate is under
    <folder>/profile.toml             all of it, for ``onceonly --profile`` and ``exchange.profile``

Rules:
1. Ready-made identities are a convenience: a department that makes its own keys sends the public parts only.
2. The catalogue alone says who may call: an identity opens nothing until it is registered there.
3. The first departments of an empty catalogue are put in force by the operator of the hub, with an entry in the log.
"""

import socket
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from prometheus_client import CollectorRegistry

from exchange.audit.entry import Outcome, RecordDraft, finish, new_salt
from exchange.audit.recorder_client import RecorderClient
from exchange.audit.unit import Committed, Unit
from exchange.background import build_recorder
from exchange.catalogue.bootstrap import bootstrap
from exchange.catalogue.store import CatalogueStore
from exchange.certification import create_client, write_private
from exchange.config import Config, ConfigError
from exchange.entities.catalogue import Department, Operator, Status, TokenKey
from exchange.layout import layout
from exchange.profile import profile_text
from exchange.serve.run_folder import RunFolder
from exchange.stores import open_records
from signer.algorithms import public_to_jwk, thumbprint
from signer.keys.backend import KeyBackend
from signer.strict_json import canonical

PROFILE: Final = "profile.toml"
METHOD: Final = "onceonly.hub/Bootstrap"
"""What the log calls the act of putting the first departments in force."""
_COMMIT_SECONDS: Final = 10.0


def make_client(
    keys: KeyBackend, authority: bytes, folder: Path, now: datetime, *, department: str, system: str
) -> str:
    """Make a TLS identity in ``folder``; returns the hex SHA-256 of its key, to be registered for the department.

    ``authority`` is the hub's TLS authority (PEM). Raises ``FormatError`` for a wrong USCC, ``FileExistsError``.
    """
    identity = create_client(keys, authority, department, system, now)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / "client.key", identity.private_key_pem)
    write_private(folder / "client.pem", identity.certificate_pem)
    write_private(folder / "ca.pem", authority)
    return certificate_digest(identity.certificate_pem)


def make_token_key(folder: Path) -> TokenKey:
    """Make a key for access tokens in ``folder``; returns its public part, to be registered for the department."""
    private = ec.generate_private_key(ec.SECP256R1())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / "token.key", private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key()
    kid = thumbprint(public)
    return TokenKey(kid=kid, alg="ES256", jwk=canonical(public_to_jwk(public)).decode(), status=Status.ACTIVE)


def enrol(
    config: Config, keys: KeyBackend, department: Department, folder: Path, now: datetime, *, system: str = "desk"
) -> Department:
    """Make a whole identity in ``folder``, profile included; returns the department with its public parts registered.

    The profile speaks for the department's first active operator. Raises ``FormatError`` for a wrong USCC,
    ``FileExistsError`` if the folder holds an identity, ``OSError`` if the hub's TLS authority cannot be read.
    """
    authority = layout(config).client_ca.read_bytes()
    certificate = make_client(keys, authority, folder, now, department=department.uscc, system=system)
    token_key = make_token_key(folder)
    operator = first_operator(department)
    members: dict[str, str | int] = {
        "address": config.listen.address,
        "audience": config.hub.name,
        "department": department.uscc,
        "system": system,
        "operator": operator.id if operator else "",
        "assurance": operator.assurance if operator else 1,
        "certificate": "client.pem",
        "key": "client.key",
        "authority": "ca.pem",
        "token_key": "token.key",
        "kid": token_key.kid,
    }
    write_private(folder / PROFILE, profile_text(members).encode())
    return replace(
        department,
        certificates=department.certificates | {certificate},
        token_keys=(*department.token_keys, token_key),
    )


def first_operator(department: Department) -> Operator | None:
    """The first operator who is active, if there is one."""
    return next((each for each in department.operators if each.status is Status.ACTIVE), None)


def certificate_digest(pem: bytes) -> str:
    """How the catalogue registers a certificate: lower-case hex SHA-256 of its public key (SPKI). Raises ValueError."""
    public = x509.load_pem_x509_certificate(pem).public_key()
    return sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def found_catalogue(config: Config, departments: Sequence[Department], now: datetime) -> int:
    """Put the first departments in force while no hub runs; returns the index of the log's entry about it.

    Raises ``ConfigError`` if a hub runs on this data folder or the change was not taken, and what ``bootstrap`` raises.
    """
    places = layout(config)
    with RunFolder(places.run), closing(open_records(config, read_only=True)) as records:
        changes = bootstrap(CatalogueStore(records), departments, now=int(now.timestamp()))
        entry = finish(
            RecordDraft(method=METHOD, region=config.hub.region, resource="departments"),
            time_us=int(now.timestamp() * 1_000_000),
            outcome=Outcome.ALLOWED,
            reasons=(),
            response_digest=b"",
            request_digest=b"",
            seal=_nothing_to_seal,
        )
        answer = _commit(config, Unit(entry, new_salt(), changes))
    if not isinstance(answer, Committed):
        raise ConfigError(["The catalogue was changed meanwhile: look at it before trying again."])
    return answer.index


def _commit(config: Config, unit: Unit) -> object:
    """Commit one unit through a recorder of our own, which no other process can have beside us."""
    recorder = build_recorder(config, CollectorRegistry())
    ours, theirs = socket.socketpair()
    recorder.attach(theirs)
    running = threading.Thread(target=recorder.run, name="recorder")
    running.start()
    client = RecorderClient(ours)
    try:
        return client.commit(unit, _COMMIT_SECONDS)
    finally:
        client.close()
        recorder.stop()
        running.join()


def _nothing_to_seal(_owner: str, _plaintext: bytes, _context: bytes) -> bytes:
    raise AssertionError("the first entry names nobody")
