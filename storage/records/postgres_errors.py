"""What PostgreSQL's errors mean to a caller, each with a sentence that says what to do.

Rules:
1. A message here is one of ours. The server's own may hold values of rows, and the driver's may hold addresses.
2. Whatever is not known is ``StorageUnavailableError`` with the error's SQLSTATE.
"""

import psycopg

from storage.errors import CorruptError, SchemaError, StorageError, StorageUnavailableError
from storage.records.schema import MIGRATE_COMMAND

_NO_SCHEMA = f"the database lacks a table this version needs: run `{MIGRATE_COMMAND}`"
_CREDENTIALS = "the database refuses the credentials: check the user in its address, the password, and pg_hba.conf"
_STARTING = "the database starts, stops or recovers: it is tried again at the next call"

_BY_STATE = {
    "22012": "records were changed by another hand during the transaction, of which nothing was kept: try again",
    "23505": "records were changed by another hand during the transaction, of which nothing was kept: try again",
    "25006": "the database takes no writes: point the address at the primary, or turn "
    "default_transaction_read_only off",
    "25P03": "the transaction stood still for too long and was rolled back by the database: try again",
    "25P04": "the transaction took too long and was rolled back by the database: try again",
    "28000": _CREDENTIALS,
    "28P01": _CREDENTIALS,
    "3D000": "there is no such database on the server: make it with CREATE DATABASE … ENCODING 'UTF8', then run "
    f"`{MIGRATE_COMMAND}`",
    "42501": "the database user lacks a right: run the migrations and the hub as the same user, or GRANT what it lacks",
    "53100": "the database's disk is full: free space on the server; commits go on by themselves then",
    "53200": "the database is out of memory: give the server more, or lower its work_mem",
    "53300": "the database has no connection left: raise its max_connections or lower `connections`",
    "55P03": "another recorder held the log for too long: try again",
    "57014": "the database was too slow and the statement was cancelled: look at its load and its locks",
    "57P01": _STARTING,
    "57P02": _STARTING,
    "57P03": _STARTING,
}

# A connection that never came about has no SQLSTATE, only the words of libpq and of the server (English where we ask).
_BY_WORDS = (
    ("password", _CREDENTIALS),
    ("authentication", _CREDENTIALS),
    ("no encryption", "the database demands TLS: set the CA that signed its certificate"),
    ("does not support SSL", "the database speaks no TLS, but a CA is set: turn `ssl` on there"),
    ("certificate", "the database's certificate does not prove its name: check the CA and the host in the address"),
    ("SSL", "TLS with the database failed: check its certificate and the CA"),
    ("pg_hba.conf", _CREDENTIALS),
    ("read-only", _BY_STATE["25006"]),
    ("hot standby", _BY_STATE["25006"]),
    ("does not exist", f"{_BY_STATE['3D000']}; or there is no such user"),
    ("too many", _BY_STATE["53300"]),
    ("starting up", _STARTING),
    ("shutting down", _STARTING),
)

LOST = (
    "the database cannot be reached: check that the server runs and that the address is right; it is tried again at "
    "the next call"
)


def translate(error: psycopg.Error) -> StorageError:
    """The storage error that a driver's error stands for."""
    state = error.sqlstate
    if state is None:
        return StorageUnavailableError(_unreached(str(error)))
    if state in {"42P01", "42703", "3F000"}:
        return SchemaError(_NO_SCHEMA)
    if state.startswith("XX00") and state != "XX000":
        return CorruptError(f"the database found damaged data ({state}): restore it from a backup")
    known = _BY_STATE.get(state) or (LOST if state.startswith("08") else None)
    return StorageUnavailableError(known or f"the database refused a statement (SQLSTATE {state}): see its log")


def _unreached(words: str) -> str:
    return next((sentence for mark, sentence in _BY_WORDS if mark in words), LOST)
