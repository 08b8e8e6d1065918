"""What a failed command tells its user: sentences on standard error and an exit code.

Rules:
1. 2: wrong use or configuration: something must be written differently. 1: it was refused or failed.
2. Sentences name the thing and the next step; what the hub says is repeated in both languages.
3. An error that nobody foresaw is named by its type only: its text may hold data. ``ONCEONLY_TRACEBACK=1`` shows all.
"""

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import grpc

from exchange.audit.errors import AuditError
from exchange.catalogue.schema import CatalogueFilesError
from exchange.client import CallError, MessageSizeError
from exchange.config import ConfigError
from exchange.errors import HubError, InvalidError
from exchange.loading import WaitingError
from exchange.profile import ProfileError
from exchange.reasons import TEXTS
from exchange.witness.errors import WitnessError
from signer.errors import SignerError
from storage.errors import SchemaError, StorageError

FAILED: Final = 1
WRONG_USE: Final = 2


_WORDLESS: Final[Mapping[grpc.StatusCode, str]] = MappingProxyType(
    {
        grpc.StatusCode.DEADLINE_EXCEEDED: "the hub did not answer in time.",
        grpc.StatusCode.RESOURCE_EXHAUSTED: (
            "the request or its answer is larger than one call may be (4 MiB unless configured): ask for less at once."
        ),
        grpc.StatusCode.UNAVAILABLE: (
            "the hub cannot be reached: is it running at the profile's address, is that its port for calls, and are "
            "the certificates its own?"
        ),
        grpc.StatusCode.UNIMPLEMENTED: (
            "the call failed (UNIMPLEMENTED): what answers there does not serve it; it is probably another port of the "
            "hub (its events or its public pages) or another program. The profile's address must be that of [listen], "
            "an --address that of [events], in the hub's configuration."
        ),
    }
)
"""What is said of a failure that the hub itself did not word."""


class UseError(Exception):
    """The command was given something that it cannot use; the message says what and what to do."""


class CommandFailedError(Exception):
    """The command did its work and the answer is no; the message says why."""


_WRONG_USE: Final = (ConfigError, MessageSizeError, ProfileError, UseError, CatalogueFilesError, SchemaError)
_FAILED: Final = (AuditError, SignerError, StorageError, WaitingError, CommandFailedError, WitnessError)


def explain(error: Exception) -> int:
    """Say what went wrong; returns the exit code."""
    if os.environ.get("ONCEONLY_TRACEBACK") == "1":
        traceback.print_exception(error)
    for sentence in _sentences(error):
        sys.stderr.write(f"onceonly: {sentence}\n")
    return WRONG_USE if isinstance(error, _WRONG_USE) else FAILED


def _sentences(error: Exception) -> Iterator[str]:
    if isinstance(error, CallError):
        yield from _of_call(error)
    elif isinstance(error, HubError):
        yield from (f"{reason}: {TEXTS[reason].en} {TEXTS[reason].zh}" for reason in error.reasons)
        if isinstance(error, InvalidError):
            yield from (f"  {each.field}: {each.en} {each.zh}" for each in error.violations)
    elif isinstance(error, (*_WRONG_USE, *_FAILED)):
        yield from str(error).splitlines() or [type(error).__name__]
    elif isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        yield f"{name}{error.strerror or type(error).__name__}."
    else:
        yield f"internal error ({type(error).__name__}): run it with ONCEONLY_TRACEBACK=1 and report what it shows."


def _of_call(error: CallError) -> Iterator[str]:
    if not error.reason:
        yield _unreachable(error)
        return
    yield f"{', '.join(error.reasons)}: {error.message}"
    if error.zh:
        yield error.zh
    for (field, en), (_, zh) in zip(error.violations, error.violations_zh, strict=True):
        yield f"  {field}: {en} {zh}".rstrip()
    if error.retry_seconds:
        yield f"Try again in {error.retry_seconds:.0f} s."


def _unreachable(error: CallError) -> str:
    """A failure that the hub itself did not word."""
    return _WORDLESS.get(error.code, f"the call failed: {error.code.name}.")
