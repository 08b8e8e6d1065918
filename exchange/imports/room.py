"""What the use cases of imports need, and what they answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.cache import Versioned
from exchange.call import Call
from exchange.entities.back_fill import Import, ImportOutcome, SourceLicence
from exchange.errors import InvalidError, NotFoundError, Violation
from exchange.imports.store import IMPORT, ImportStore, import_key
from exchange.licences.room import LicenceRoom
from exchange.reasons import Reason
from exchange.results.room import ResultRoom
from signer.keys.backend import Signer


@dataclass(frozen=True, slots=True)
class ImportRoom:
    """``report_signer`` gives the newest version of the hub's receipt key; ``results``: what is owed to cases."""

    licences: LicenceRoom
    store: ImportStore
    report_signer: Callable[[], Signer]
    results: ResultRoom


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as it was sent: a licence, or what is wrong with it, or the reader's code for why it has none."""

    row: int
    digest: bytes
    source: SourceLicence | None
    unreadable: str = ""
    problems: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row; ``identifier`` of the licence issued, or of the one that the hub has."""

    row: int
    outcome: ImportOutcome
    identifier: str = ""
    violations: tuple[Violation, ...] = ()
    quality: tuple[str, ...] = field(default=())


def own_import(call: Call, room: ImportRoom, import_id: str) -> Versioned[Import]:
    """An import of the caller's department, read anew. Raises ``NotFoundError``."""
    key = import_key(call.caller.department.uscc, checked_id(import_id))
    room.store.imports.forget(key)
    found = call.read(room.store.imports, key)
    if found.value is None:
        raise NotFoundError(Reason.IMPORT_NOT_FOUND, IMPORT, import_id)
    return found


def checked_id(import_id: str) -> str:
    """The id in lower case; raises ``InvalidError`` unless it is a UUID."""
    plain = import_id.lower().replace("-", "")
    if len(import_id) != 36 or len(plain) != 32 or not set(plain) <= set("0123456789abcdef"):
        raise InvalidError((Violation("import_id", "must be a UUID", "须为UUID"),))
    return import_id.lower()
