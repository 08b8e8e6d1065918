"""What ``onceonly doctor`` looks at in an installation, whether its hub runs or not. Nothing is changed.

Rules:
1. Each check is one function from the installation to findings; one that cannot look says so as a problem.
2. A problem needs somebody; a notice is for knowing: a certificate that ends soon, an object that a crash left over.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from exchange.audit.errors import AuditError
from exchange.audit.offline import verify_log
from exchange.audit.proofs import PublishedLog, log_key
from exchange.catalogue.store import CatalogueStore
from exchange.config import Config, ConfigError
from exchange.entities.catalogue import Role
from exchange.installation import check, open_keys
from exchange.layout import layout
from exchange.licences.seals import chain_object
from exchange.licences.store import LICENCE, LicenceStore, object_name
from exchange.publishing.lag import Voucher, oldest_waiting
from exchange.stores import open_index, open_objects, open_records, postgres_facts, redis_facts, s3_facts
from exchange.trust.building import Sources
from exchange.trust.places import ROOTS
from exchange.trust.publishing import latest, outdated
from exchange.trust_setup import listed_vouchers
from exchange.vouching import vouchers
from signer.errors import SignerError
from storage.errors import ErasedError, StorageError
from storage.objects.interface import Objects
from storage.records.interface import AccessIndex, Records

LEAST_DISK_BYTES: Final = 1 << 30
ENDS_SOON: Final = timedelta(days=30)
MOST_LAG: Final = 10_000
"""Entries that tree and index may be behind the journal before somebody should look."""
_SCAN: Final = 1_000
_CREDENTIALS: Final = "credentials/"
_SHOWN: Final = 5


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    NOTICE = "notice"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: ``text`` names the thing and the next step."""

    check: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation opened for reading."""

    config: Config
    records: Records
    index: AccessIndex
    objects: Objects
    licences: LicenceStore
    now: datetime


Check = Callable[[Installation], Iterator[Finding]]


def inspect(config: Config, open_licences: Callable[[Records, Objects], LicenceStore]) -> Iterator[Finding]:
    """Every finding, in the order of the checks. What cannot even be opened ends the inspection with a problem."""
    with ExitStack() as held:
        try:
            check(config)
            records = open_records(config, read_only=True)
            held.callback(records.close)
            index = open_index(config, read_only=True)
            held.callback(index.close)
            objects = open_objects(config)
            held.callback(objects.close)
            licences = open_licences(records, objects)
        except (AuditError, ConfigError, SignerError, StorageError, OSError) as error:
            yield from (_problem("installation", line) for line in str(error).splitlines())
            return
        yield _ok("installation", "configuration, permissions, schema and keys are right")
        installation = Installation(config, records, index, objects, licences, datetime.now(UTC))
        for name, look in CHECKS:
            try:
                yield from look(installation)
            except (AuditError, SignerError, StorageError, OSError, ValueError) as error:
                yield _problem(name, f"could not be looked at: {type(error).__name__}: {error}")


def _certificates(hub: Installation) -> Iterator[Finding]:
    """Ends of the hub's own certificates, and whether the server's key is its certificate's."""
    places = layout(hub.config)
    server = places.certificate.read_bytes()
    private = load_pem_private_key(places.certificate_key.read_bytes(), None)
    if x509.load_pem_x509_certificate(server).public_key() != private.public_key():
        yield _problem("certificates", f"{places.certificate_key} is not the key of {places.certificate}")
    yield from _ends(hub, str(places.certificate), server)
    yield from _ends(hub, str(places.client_ca), places.client_ca.read_bytes())
    for name in hub.objects.walk(ROOTS):
        yield from _ends(hub, name, hub.objects.get(name))


def _seals(hub: Installation) -> Iterator[Finding]:
    """A seal for each department that issues, and its end."""
    register = CatalogueStore(hub.records).load_register()
    if not register.departments:
        yield _problem("seals", "the catalogue is empty: found it with `onceonly catalogue bootstrap`")
    sealed = 0
    for department in register.departments.values():
        name = chain_object(department.uscc)
        if Role.ISSUER not in department.roles:
            continue
        if hub.objects.exists(name):
            sealed += 1
            yield from (each for each in _ends(hub, name, hub.objects.get(name)) if each.level is not Level.OK)
        else:
            command = f"onceonly keys seal {department.uscc} --name {department.name.zh}"
            yield Finding("seals", Level.NOTICE, f"{department.uscc} issues and has no seal: {command}")
    yield _ok("seals", f"{sealed} seals")


def _trust(hub: Installation) -> Iterator[Finding]:
    """A trust list that is in force and says what catalogue and seals say."""
    keys = open_keys(hub.config)
    found = latest(hub.objects, keys)
    publish = "run `onceonly trust publish`"
    if found is None:
        yield _problem("trust", f"no trust list was ever published: {publish}")
        return
    ends = datetime.fromtimestamp(found.expire_time, UTC)
    if ends <= hub.now:
        yield _problem("trust", f"the trust list ended on {ends.date()}, so nobody can verify offline: {publish}")
    elif ends - hub.now < ENDS_SOON:
        yield Finding("trust", Level.NOTICE, f"the trust list ends on {ends.date()}: {publish}")
    sources = Sources(hub.config.hub.name, CatalogueStore(hub.records), hub.objects, keys, listed_vouchers(hub.config))
    sentence = outdated(sources, int(hub.now.timestamp()))
    if sentence:
        yield Finding("trust", Level.NOTICE, f"{sentence}: {publish}")
    yield _ok("trust", f"list {found.sequence}, in force until {ends.date()}")


def _log(hub: Installation) -> Iterator[Finding]:
    """Journal, tree and index against each other, and the whole published tree by itself."""
    journal, indexed = hub.records.journal_length(), hub.index.indexed_through()
    key = log_key(hub.objects)
    if not hub.objects.exists("log/checkpoint"):
        if journal > 1:
            yield _problem("log", f"the journal holds {journal} entries and nothing is published: run the hub")
        return
    size = PublishedLog(hub.objects, key).checkpoint()[0].size
    for name, reached in (("the published tree", size), ("the index", indexed)):
        if reached > journal:
            yield _problem("log", f"{name} holds {reached} entries, the journal {journal}: entries were lost; stop it")
        elif journal - reached > MOST_LAG:
            yield _problem("log", f"{name} is {journal - reached} entries behind the journal: look at the integrator")
    first = verify_log(hub.objects, key.vkey).first
    if first is not None:
        yield _problem("log", f"{first.file}, entry {first.index}: {first.problem}")
    yield _ok("log", f"journal {journal}, published {size}, indexed {indexed}")


def _vouched(hub: Installation) -> Iterator[Finding]:
    """How far the configured witnesses and time-stamps have come, their signatures verified."""
    found = vouchers(hub.config, hub.objects)
    for voucher in found:
        covered = voucher.coverage.covered()
        text = f"{voucher.name} cover {covered} entries"
        if covered or not hub.records.journal_length():
            yield _kept_up(hub, voucher, covered, text)
        else:
            yield _problem("vouching", f"{text}: run the hub, and look at its log if that does not help")
    if not found:
        yield Finding(
            "vouching", Level.NOTICE, "no witness keeps this hub from showing two histories: docs/witnesses.md"
        )


def _kept_up(hub: Installation, voucher: Voucher, covered: int, text: str) -> Finding:
    """A hub that is stopped leaves its last entries waiting, so that alone is no problem before the hub would stop."""
    oldest = oldest_waiting(hub.records, covered)
    seconds = 0 if oldest is None else int(hub.now.timestamp() - oldest / 1e6)
    if seconds <= voucher.alarm_after:
        return _ok("vouching", text)
    text += f", and the next has waited for {seconds} s: if the hub runs, its log says what they answered"
    stops = bool(voucher.stop_after) and seconds > voucher.stop_after
    return Finding("vouching", Level.PROBLEM if stops else Level.NOTICE, f"{text}; docs/witnesses.md")


def _clock(hub: Installation) -> Iterator[Finding]:
    """A clock that stepped back stops the recorder: the newest entry must not lie in the future."""
    newest = 0
    for batch in hub.records.journal(max(0, hub.records.journal_length() - 1)):
        newest = batch.time_us
    ahead = newest / 1_000_000 - hub.now.timestamp()
    if ahead > 1:
        yield _problem("clock", f"the newest entry is {ahead:.0f} s in the future: set the clock right")
    else:
        yield _ok("clock", f"{hub.now.isoformat(timespec='seconds')}, after the newest entry")


def _disk(hub: Installation) -> Iterator[Finding]:
    free = shutil.disk_usage(layout(hub.config).data).free
    text = f"{free // (1 << 20)} MiB free for {layout(hub.config).data}"
    yield _problem("disk", f"{text}: make room") if free < LEAST_DISK_BYTES else _ok("disk", text)


def _servers(hub: Installation) -> Iterator[Finding]:
    """What the servers promise; whoever cannot keep the hub's promises was refused before."""
    database = postgres_facts(hub.config)
    if database is not None:
        yield _ok("servers", f"PostgreSQL {database.version}, {database.clock_ahead_seconds:+.1f} s from this clock")
        if not database.standby:
            text = "PostgreSQL has no synchronous standby: to lose it is to lose acknowledged entries and fork the log"
            yield Finding("servers", Level.NOTICE, text)
    bucket = s3_facts(hub.config)
    if bucket is not None:
        lock = f"locks the log's tiles for {hub.config.objects.lock_days} days" if hub.config.objects.lock_days else ""
        yield _ok("servers", f"S3 keeps versions and creates once {lock}".strip())
        if not lock:
            text = "S3 does not lock the log's tiles: whoever has the hub's keys can remove them; set lock_days"
            yield Finding("servers", Level.NOTICE, text)
    fast = redis_facts(hub.config)
    if fast is not None:
        yield _ok("servers", f"Redis or Valkey {fast.version}, {fast.answering} of {fast.named} answer")
        if fast.evicting:
            yield _problem("servers", "the fast store drops keys when memory is short: maxmemory-policy noeviction")
        if fast.answering < fast.named:
            yield _problem("servers", f"{fast.named - fast.answering} servers of the fast store do not answer")


def _references(hub: Installation) -> Iterator[Finding]:
    """Credentials without a licence (a crash leaves them) and licences without their credential (nothing should)."""
    there = set(hub.objects.walk(_CREDENTIALS))  # before the licences: what is issued meanwhile is in both
    named: set[str] = set()
    erased = 0
    after = ""
    while page := hub.records.scan(LICENCE, after=after, limit=_SCAN):
        after = page[-1].key
        for record in page:
            try:
                licence = hub.licences.licences.get(record.key).value
            except ErasedError:
                erased += 1
                continue
            if licence is not None:
                packed = licence.object_name.startswith("packs/")
                named.add(licence.object_name if packed else object_name(licence.digest))
    lost = sorted(name for name in named - there if not hub.objects.exists(name))
    for name in lost[:_SHOWN]:
        yield _problem("objects", f"{name} is missing: restore it from a backup")
    if len(lost) > _SHOWN:
        yield _problem("objects", f"{len(lost) - _SHOWN} more are missing")
    left = len(there - named)
    if left > erased:
        text = f"credentials that belong to no licence: {left - erased}; calls were cut short after writing them"
        yield Finding("objects", Level.NOTICE, text)
    yield _ok("objects", f"{len(named)} licences with their credentials, {erased} erased")


CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("certificates", _certificates),
    ("seals", _seals),
    ("trust", _trust),
    ("log", _log),
    ("vouching", _vouched),
    ("clock", _clock),
    ("disk", _disk),
    ("servers", _servers),
    ("objects", _references),
)
"""Every check, with the name that its findings carry."""


def _ends(hub: Installation, name: str, pem: bytes) -> Iterator[Finding]:
    until = x509.load_pem_x509_certificates(pem)[0].not_valid_after_utc
    if until <= hub.now:
        yield _problem("certificates", f"{name} ended on {until.date()}: renew it")
    elif until - hub.now < ENDS_SOON:
        yield Finding("certificates", Level.NOTICE, f"{name} ends on {until.date()}: renew it")
    else:
        yield _ok("certificates", f"{name} until {until.date()}")


def _problem(check_name: str, text: str) -> Finding:
    return Finding(check_name, Level.PROBLEM, text)


def _ok(check_name: str, text: str) -> Finding:
    return Finding(check_name, Level.OK, text)
