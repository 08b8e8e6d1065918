"""Makes the certificates and passwords of the compose files in a folder: what is missing, never over what is there.

    python make_secrets.py FOLDER [--owner 65532]

Rules:
1. Every file is for its owner alone (0600, in a folder 0700). With ``--owner`` (as root) that is the number the
   services run as, since compose hands files to containers with the owner and the mode that they have.
2. Nothing is overwritten. To replace a certificate or password remove its file, and those made of it, and run it again.
3. ``ca.key`` is handed to no service. Keep it elsewhere once all is made; put it back to renew a certificate.
4. The authority is for the inner connections only: hub to database, and so on. It says nothing about who may call the
   hub; the certificates of the hub and of its callers come from ``onceonly init`` or an authority of yours.
"""

import argparse
import hashlib
import ipaddress
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_EARLY: Final = timedelta(hours=1)
_AUTHORITY_LIFE: Final = timedelta(days=3653)
_SERVER_LIFE: Final = timedelta(days=397)
_BUCKET: Final = "onceonly"
_EACH_OTHERS_CLIENTS: Final = frozenset({"fast", "objects_inner"})
"""The nodes of a cluster call each other, and show the certificate that they also serve with."""

CERTIFICATES: Final[Mapping[str, Sequence[str]]] = {
    "db": ("db1", "db2"),
    "fast": ("fast", *(f"fast-{number}" for number in range(1, 7))),
    "objects": ("objects", *(f"objects-{number}" for number in range(1, 4))),
    "objects_inner": ("objects", *(f"objects-{number}" for number in range(1, 4))),
    "grafana": ("grafana",),
}
"""Which names each server's certificate carries, besides this machine's own to itself."""

PASSWORDS: Final = (
    "passphrase",
    "postgres_password",
    "records_password",
    "replication_password",
    "filer_password",
    "fast_password",
    "fast_admin_password",
    "fast_replica_password",
    "objects_access_key",
    "objects_secret_key",
    "objects_admin_access_key",
    "objects_admin_secret_key",
    "objects_signing_key",
    "grafana_password",
)


class SecretsFolder:
    """The folder of secrets; ``owner`` is the number its files belong to, None for whoever runs this."""

    def __init__(self, folder: Path, owner: int | None, now: datetime) -> None:
        self._folder = folder
        self._owner = owner
        self._now = now - _EARLY  # a machine whose clock is a little behind accepts a new certificate
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._give(folder)

    def make(self) -> list[str]:
        """Make what is missing; returns the names of the new files."""
        made = self._authority()
        for name, hosts in CERTIFICATES.items():
            made += self._certificate(name, hosts)
        for name in PASSWORDS:
            made += self._write(name, lambda: f"{secrets.token_hex(32)}\n")
        made += self._write("fast_users.acl", self._fast_users)
        made += self._write("fast_replica.conf", self._fast_replica)
        made += self._write("objects_identities.json", self._identities)
        made += self._write("objects_filer.toml", self._filer)
        made += self._write("objects_security.toml", self._security)
        return made

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text("ascii").strip()

    def _write(self, name: str, content: Callable[[], str]) -> list[str]:
        """Write a new file, content and owner on the disk before its name; an existing one is left alone."""
        path = self._folder / name
        if path.exists():
            return []
        beside = self._folder / f".{name}.new"
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(content())
            file.flush()
            os.fsync(file.fileno())
        self._give(beside)
        beside.rename(path)
        return [name]

    def _give(self, path: Path) -> None:
        if self._owner is not None:
            os.chown(path, self._owner, self._owner)

    def _authority(self) -> list[str]:
        if (self._folder / "ca.pem").exists():
            return []
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Onceonly inner connections")
        builder = self._builder(name, key.public_key(), _AUTHORITY_LIFE).issuer_name(name)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return [
            *self._write("ca.key", lambda: _key_pem(key)),
            *self._write("ca.pem", lambda: _pem(builder.sign(key, SHA256()))),
        ]

    def _certificate(self, name: str, hosts: Sequence[str]) -> list[str]:
        if (self._folder / f"{name}.pem").exists() and (self._folder / f"{name}.key").exists():
            return []
        if not (self._folder / "ca.key").exists():
            sys.exit(f"{self._folder}/ca.key is not there: put it back to make the certificate {name}.pem.")
        authority = load_pem_private_key(self._read("ca.key").encode(), None)
        issuer = x509.load_pem_x509_certificate(self._read("ca.pem").encode())
        assert isinstance(authority, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        names = [*map(x509.DNSName, (*hosts, "localhost")), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        uses = [ExtendedKeyUsageOID.SERVER_AUTH] + [ExtendedKeyUsageOID.CLIENT_AUTH] * (name in _EACH_OTHERS_CLIENTS)
        builder = self._builder(_name(hosts[0]), key.public_key(), _SERVER_LIFE).issuer_name(issuer.subject)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
        certificate = builder.add_extension(identifier, critical=False).sign(authority, SHA256())
        for suffix in ("key", "pem"):  # one alone is of no use
            (self._folder / f"{name}.{suffix}").unlink(missing_ok=True)
        return [
            *self._write(f"{name}.key", lambda: _key_pem(key)),
            *self._write(f"{name}.pem", lambda: _pem(certificate)),
        ]

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now)
            .not_valid_after(self._now + life)
        )

    def _fast_users(self) -> str:
        """The users of Valkey. The hub may use its keys and messages, and see where a cluster keeps what; no more."""
        hub = "~* &* +@all -@admin -@dangerous +info +cluster|slots +cluster|shards +cluster|nodes +cluster|myid"
        users = {
            "onceonly": (self._read("fast_password"), hub),
            "admin": (self._read("fast_admin_password"), "~* &* +@all"),
            "replica": (self._read("fast_replica_password"), "+psync +replconf +ping"),
        }
        lines = [
            f"user {name} reset on #{hashlib.sha256(password.encode()).hexdigest()} {rights}"
            for name, (password, rights) in users.items()
        ]
        return "\n".join(["user default reset off", *lines, ""])

    def _fast_replica(self) -> str:
        return f"masteruser replica\nmasterauth {self._read('fast_replica_password')}\n"

    def _identities(self) -> str:
        """Who may do what in the object store: the hub only in its bucket, which it can neither make nor remove."""
        rights = {"objects": [f"{right}:{_BUCKET}" for right in ("Read", "Write", "List")], "objects_admin": ["Admin"]}
        identities = [
            {
                "name": name,
                "credentials": [
                    {"accessKey": self._read(f"{name}_access_key"), "secretKey": self._read(f"{name}_secret_key")}
                ],
                "actions": actions,
            }
            for name, actions in rights.items()
        ]
        return json.dumps({"identities": identities}, indent=2) + "\n"

    def _filer(self) -> str:
        """Where the nodes of the object store keep names: in PostgreSQL, so that all of them see the same."""
        table = (
            'CREATE TABLE IF NOT EXISTS "%s" (dirhash BIGINT, name VARCHAR(65535), directory VARCHAR(65535), '
            "meta bytea, PRIMARY KEY (dirhash, name))"
        )
        options: dict[str, str | int | bool] = {
            "enabled": True,
            "createTable": table,
            "hostname": "db1",
            "port": 5432,
            "username": "filer",
            "password": self._read("filer_password"),
            "database": "filer",
            "sslmode": "verify-full",
            "sslrootcert": "/run/secrets/ca.pem",
            "connection_max_idle": 10,
            "connection_max_open": 20,
        }
        lines = ["[leveldb2]", "enabled = false", "", "[postgres2]"]
        return "\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in options.items()), ""])

    def _security(self) -> str:
        """The nodes of the object store know each other by the inner certificate, and sign what they may write."""
        lines = ["[grpc]", 'ca = "/run/secrets/ca.pem"']
        for use in ("signing", "filer_signing", "filer_signing.read"):
            lines += [f"[jwt.{use}]", f'key = "{self._read("objects_signing_key")}"']
        for role in ("master", "volume", "filer", "s3", "client"):
            lines += [
                f"[grpc.{role}]",
                'cert = "/run/secrets/objects_inner.pem"',
                'key = "/run/secrets/objects_inner.key"',
            ]
        return "\n".join([*lines, ""])


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes what is missing of the certificates and passwords.")
    parser.add_argument("folder", type=Path, help="where they are, or will be")
    parser.add_argument("--owner", type=int, help="the number that the services run as, such as 65532; needs root")
    given = parser.parse_args()
    made = SecretsFolder(given.folder, given.owner, datetime.now(UTC)).make()
    sys.stdout.write("".join(f"made {given.folder / name}\n" for name in made) or "nothing was missing\n")


if __name__ == "__main__":
    main()
