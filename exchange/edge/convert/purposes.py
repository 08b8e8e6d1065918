"""What reads outside a case rest on: objects and what they are about."""

from onceonly.v1 import exchange_service_pb2

from exchange.errors import InvalidError, Violation
from exchange.warrants.warrant import PURPOSES, Asked

MAX_ID = 64


def asked_of(message: exchange_service_pb2.FetchForPurposeRequest) -> Asked:
    """What is asked for; raises ``InvalidError`` for a name that is no object's."""
    collection, _, name = message.evidence_object.partition("/")
    if collection not in PURPOSES or not _is_name(name):
        kinds = ", ".join(f"{kind}/{{id}}" for kind in sorted(PURPOSES))
        raise InvalidError((Violation("evidence_object", f"must be one of {kinds}", f"应为以下之一：{kinds}"),))
    fields = tuple(dict.fromkeys(message.fields))
    return Asked(collection, name, message.licence_type, fields)


def parse_name(text: str, collection: str, field: str = "name") -> str:
    """The id in ``{collection}/{id}``; raises ``InvalidError``."""
    found, _, name = text.partition("/")
    if found != collection or not _is_name(name):
        raise InvalidError((Violation(field, f"must be {collection}/{{id}}", f"应为 {collection}/{{id}}"),))
    return name


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MAX_ID and name.isascii() and name.isalnum()
