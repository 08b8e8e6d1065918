"""The certificates that a hub makes: its authorities, its server's, those of seals and of departments' systems.

    authorities/hub-ca.pem   object: the root of seals made here; roots of outside authorities may stand beside it
    seals/<uscc>.pem         object: an authority's chain, as ``exchange.licences.seals`` reads it
    tls/                     files: ca.pem, server.pem and server.key

Rule: certificates begin an hour early, so that a machine whose clock is a little behind accepts a new one.
"""

import os
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.licences.seals import chain_object, key_id
from signer.keys.backend import KeyBackend
from signer.seal_issuance import create_ca, issue_seal
from signer.tls import TlsIdentity, create_tls_ca, issue_client, issue_server
from storage.objects.interface import Objects

HUB_CA_KEY: Final = "hub-ca"
"""Signs the certificates of issuing authorities' seals."""
TLS_CA_KEY: Final = "tls-ca"
"""Signs TLS certificates where the hub brings its own authority."""
ROOTS: Final = "authorities/"
HUB_ROOT: Final = f"{ROOTS}hub-ca.pem"

_MAX_ROOTS: Final = 100
_EARLY: Final = timedelta(hours=1)
_AUTHORITY_LIFE: Final = timedelta(days=3653)
_SEAL_LIFE: Final = timedelta(days=3 * 365)
_TLS_LIFE: Final = timedelta(days=397)


def create_hub_authority(keys: KeyBackend, objects: Objects, hub: str, now: datetime) -> None:
    """Make the certificate of the CA of seals, for ten years, and keep it where verifiers look for roots."""
    der = create_ca(keys, HUB_CA_KEY, name=f"{hub} seals", not_before=now - _EARLY, not_after=now + _AUTHORITY_LIFE)
    objects.create(HUB_ROOT, _pem(der))


def seal_roots(objects: Objects) -> tuple[bytes, ...]:
    """The roots (DER) that seals may lead to: this hub's and at most 99 others.

    Raises ``ValueError`` for a broken one.
    """
    bodies = [objects.get(name) for name in islice(objects.walk(ROOTS), _MAX_ROOTS)]
    return tuple(_der(certificate) for body in bodies for certificate in x509.load_pem_x509_certificates(body))


def create_seal(keys: KeyBackend, objects: Objects, authority: str, name: str, now: datetime) -> None:
    """Give an issuing authority (USCC, and its name of at most 64 characters) a seal for three years.

    Makes its key if there is none, certifies the newest one, and replaces its chain; run it again after a rotation or
    before the certificate ends. Raises ``FormatError`` for a wrong USCC, ``KeyBackendError``, ``StorageError``. Not
    checked: that the department is registered and issues anything.
    """
    seal = key_id(authority)
    root = _der(x509.load_pem_x509_certificate(objects.get(HUB_ROOT)))
    if seal not in {info.key_id for info in keys.list()}:
        keys.generate(seal, "ES256")
    der = issue_seal(
        keys,
        HUB_CA_KEY,
        root,
        authority=authority,
        name=name,
        public_key=keys.public_key(seal),
        not_before=now - _EARLY,
        not_after=now + _SEAL_LIFE,
    )
    objects.replace(chain_object(authority), _pem(der))


def create_tls(keys: KeyBackend, folder: Path, names: list[str], now: datetime) -> None:
    """Make the TLS authority (ten years) and a server certificate for ``names`` (397 days) as files in ``folder``."""
    folder.mkdir(mode=0o700, exist_ok=True)
    authority = create_tls_ca(
        keys, TLS_CA_KEY, name="Onceonly TLS", not_before=now - _EARLY, not_after=now + _AUTHORITY_LIFE
    )
    server = issue_server(keys, TLS_CA_KEY, authority, names=names, not_before=now - _EARLY, not_after=now + _TLS_LIFE)
    for name, content in (
        ("ca.pem", authority),
        ("server.key", server.private_key_pem),
        ("server.pem", server.certificate_pem),
    ):
        write_private(folder / name, content)


def create_client(keys: KeyBackend, authority: bytes, department: str, system: str, now: datetime) -> TlsIdentity:
    """A TLS identity (397 days) of a department's system under this hub's own authority (PEM).

    It opens nothing until the catalogue registers it for the department. Raises ``FormatError`` for a wrong USCC.
    """
    return issue_client(
        keys,
        TLS_CA_KEY,
        authority,
        department=department,
        system=system,
        not_before=now - _EARLY,
        not_after=now + _TLS_LIFE,
    )


def write_private(path: Path, content: bytes) -> None:
    """Write a new file (0600), durable on return. Raises ``FileExistsError``: nothing is overwritten."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
