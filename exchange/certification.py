"""The certificates that a hub makes: its authorities, its server's, those of seals and of departments' systems.

    authorities/hub-ca.pem   object: the first root of seals made here; roots of outside authorities may stand beside it
    authorities/hub-ca-<n>.pem   object: the root of the n-th version of the CA's key
    seals/<uscc>.pem         object: an authority's chain, as ``exchange.licences.seals`` reads it
    seals/<uscc>/<digest>.pem   object: every chain it ever had, since what those seals signed must go on verifying
    tls/                     files: ca.pem, server.pem and server.key

Rules:
1. Certificates begin an hour early, so that a machine whose clock is a little behind accepts a new one.
2. Roots and chains are only ever added. The trust list says which count no more.
"""

import os
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.licences.seals import chain_object, key_id
from exchange.trust.places import ROOTS, issued_seal
from signer.errors import KeyBackendError
from signer.keys.backend import KeyBackend
from signer.seal_issuance import create_ca, issue_seal
from signer.tls import TlsIdentity, create_tls_ca, issue_client, issue_server
from storage.errors import ObjectNotFoundError
from storage.objects.interface import Objects

HUB_CA_KEY: Final = "hub-ca"
"""Signs the certificates of issuing authorities' seals."""
TLS_CA_KEY: Final = "tls-ca"
"""Signs TLS certificates where the hub brings its own authority."""
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


def rotate_hub_authority(keys: KeyBackend, objects: Objects, hub: str, now: datetime) -> int:
    """Give the CA of seals a new key and root beside the old one; returns the version of the key.

    New seals are made under the new root, old ones stay good. After an interrupted run it makes the root that lacks.
    Raises ``KeyBackendError``, ``StorageError``.
    """
    newest = keys.versions(HUB_CA_KEY)[-1]
    if newest.version > 1 and not objects.exists(_hub_root(newest.version)):
        version = newest.version
    else:
        version = keys.rotate(HUB_CA_KEY).version
    der = create_ca(keys, HUB_CA_KEY, name=f"{hub} seals", not_before=now - _EARLY, not_after=now + _AUTHORITY_LIFE)
    objects.create(_hub_root(version), _pem(der))
    return version


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
    root = newest_root(keys, objects)
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
    _keep_earlier(objects, authority)
    objects.create(issued_seal(authority, sha256(der).hexdigest()), _pem(der))
    objects.replace(chain_object(authority), _pem(der))


def newest_root(keys: KeyBackend, objects: Objects) -> bytes:
    """The certificate (DER) of the newest version of the hub's CA.

    Raises ``KeyBackendError`` if the key has none, as after a rotation that was cut short.
    """
    version = keys.versions(HUB_CA_KEY)[-1].version
    try:
        root = x509.load_pem_x509_certificate(objects.get(_hub_root(version)))
    except ObjectNotFoundError:
        root = None
    if root is None or root.public_key() != keys.public_key(HUB_CA_KEY):
        raise KeyBackendError(
            f"version {version} of {HUB_CA_KEY} has no root: run `onceonly keys hub-ca --rotate` again"
        )
    return _der(root)


def _keep_earlier(objects: Objects, authority: str) -> None:
    """Keep the chain that is in use, which a hub of an earlier version kept under this name alone."""
    try:
        pem = objects.get(chain_object(authority))
    except ObjectNotFoundError:
        return
    objects.create(issued_seal(authority, sha256(_der(x509.load_pem_x509_certificates(pem)[0])).hexdigest()), pem)


def _hub_root(version: int) -> str:
    return HUB_ROOT if version == 1 else f"{ROOTS}hub-ca-{version}.pem"


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
