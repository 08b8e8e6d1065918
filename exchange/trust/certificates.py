"""The roots and seals that a hub has or had, read from its objects, with what was decided about them.

Rules:
1. Every chain that an authority ever had is there: what an earlier seal signed must go on verifying.
2. A distrusted root distrusts every seal below it, from the earlier of the two times.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from exchange.trust.decisions import Decisions, Subject
from exchange.trust.places import ROOTS, SEALS
from signer.algorithms import thumbprint
from signer.certificates import der
from signer.seals import MAX_CHAIN
from signer.trust_entries import Term, TrustedCertificate, TrustedRoot
from storage.errors import CorruptError
from storage.objects.interface import Objects

_LAST_SECOND: Final = 1
"""A certificate holds until the end of its last second; a term ends before ``until``."""


@dataclass(frozen=True, slots=True)
class Seals:
    """Roots, and the certificates of each authority by USCC, oldest first."""

    roots: tuple[TrustedRoot, ...]
    of_authority: Mapping[str, tuple[TrustedCertificate, ...]]


def read_seals(objects: Objects, decisions: Decisions) -> Seals:
    """Every root and seal. Raises ``CorruptError`` for an object that holds no certificates, ``StorageError``."""
    roots = _roots(objects)
    trusted = {sha256(der(root)).hexdigest(): _root(root, decisions) for root in roots}
    found: dict[str, dict[str, TrustedCertificate]] = {}
    for name in objects.walk(SEALS):
        authority = name.removeprefix(SEALS).removesuffix(".pem").partition("/")[0]
        chain = _certificates(objects, name)[:MAX_CHAIN]
        certificate = _seal(chain, _distrusted_root(chain[-1], roots, decisions), decisions)
        found.setdefault(authority, {})[certificate.sha256] = certificate
    return Seals(
        tuple(trusted.values()),
        {
            authority: tuple(sorted(certificates.values(), key=lambda each: (each.term.since, each.sha256)))
            for authority, certificates in found.items()
        },
    )


def read_roots(objects: Objects) -> tuple[bytes, ...]:
    """The roots (DER), this hub's and others. Raises as ``read_seals``."""
    return tuple(der(certificate) for certificate in _roots(objects))


def earliest(*times: int | None) -> int | None:
    """The first of the times that are there."""
    return min((time for time in times if time is not None), default=None)


def _roots(objects: Objects) -> list[x509.Certificate]:
    return [certificate for name in objects.walk(ROOTS) for certificate in _certificates(objects, name)]


def _certificates(objects: Objects, name: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(objects.get(name))
    except ValueError as error:
        raise CorruptError(f"{name} holds no certificates: restore it from a backup") from error


def _root(certificate: x509.Certificate, decisions: Decisions) -> TrustedRoot:
    encoded = der(certificate)
    distrusted = decisions.distrusted_after(Subject.ROOT, sha256(encoded).hexdigest())
    return TrustedRoot(certificate=encoded, term=_term(certificate), distrusted_after=distrusted)


def _seal(chain: list[x509.Certificate], distrusted_root: int | None, decisions: Decisions) -> TrustedCertificate:
    encoded = tuple(der(certificate) for certificate in chain)
    digest = sha256(encoded[0]).hexdigest()
    return TrustedCertificate(
        sha256=digest,
        kid=thumbprint(chain[0].public_key()),  # type: ignore[arg-type]  # of another type: FormatError, as for a broken one
        term=_term(chain[0]),
        distrusted_after=earliest(decisions.distrusted_after(Subject.CERTIFICATE, digest), distrusted_root),
        chain=encoded,
    )


def _distrusted_root(last: x509.Certificate, roots: Iterable[x509.Certificate], decisions: Decisions) -> int | None:
    """The earliest time after which a root that certifies ``last`` is distrusted."""
    times = (
        decisions.distrusted_after(Subject.ROOT, sha256(der(root)).hexdigest())
        for root in roots
        if _certifies(root, last)
    )
    return earliest(*times)


def _certifies(root: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _term(certificate: x509.Certificate) -> Term:
    return Term(_seconds(certificate.not_valid_before_utc), _seconds(certificate.not_valid_after_utc) + _LAST_SECOND)


def _seconds(time: datetime) -> int:
    return int(time.timestamp())
