"""Cases and consents as bytes (canonical JSON): what is sealed into their records."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from exchange.entities.case import Case, CaseParty, CaseState, Consent, PinnedMatter, Representation, RepresentationKind
from exchange.entities.catalogue import CaseAssurance
from exchange.entities.licence import Holder
from storage.errors import CorruptError


def encode_case(case: Case) -> bytes:
    """The case as canonical JSON; sets become sorted lists."""
    return _canonical(asdict(case))


def decode_case(content: bytes) -> Case:
    """The case that ``encode_case`` wrote. Raises ``CorruptError`` for anything else."""
    try:
        members = dict(json.loads(content))
        members |= {
            "matters": tuple(PinnedMatter(**matter) for matter in members["matters"]),
            "parties": tuple(CaseParty(party["role"], Holder(**party["holder"])) for party in members["parties"]),
            "representations": _representations(members),
            "situations": frozenset(members["situations"]),
            "assurance": CaseAssurance(members["assurance"]),
            "state": CaseState(members["state"]),
        }
        return Case(**members)
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError("a stored case does not decode: restore it from a backup") from error


def encode_consents(consents: tuple[Consent, ...]) -> bytes:
    """All consents of a case as canonical JSON."""
    return _canonical([asdict(consent) for consent in consents])


def decode_consents(content: bytes) -> tuple[Consent, ...]:
    """The consents that ``encode_consents`` wrote. Raises ``CorruptError`` for anything else."""
    try:
        return tuple(
            Consent(
                **{
                    **members,
                    "requirements": frozenset(members["requirements"]),
                    "fields": frozenset(members["fields"]),
                }
            )
            for members in json.loads(content)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError("stored consents do not decode: restore them from a backup") from error


def _representations(members: dict[str, Any]) -> tuple[Representation, ...]:
    """All of a case's; an older case has none or one, by another name, which is taken out of ``members``."""
    single = members.pop("representation", None)
    found = members["representations"] if "representations" in members else [single] * (single is not None)
    return tuple(_representation(each) for each in found)


def _representation(members: Mapping[str, Any]) -> Representation:
    members = dict(members)
    sender = members.get("authorised_by")  # older cases know agents only
    return Representation(
        **{
            **members,
            "agent": Holder(**members["agent"]),
            "requirements": frozenset(members["requirements"]),
            "kind": RepresentationKind(members.get("kind", RepresentationKind.AGENT)),
            "authorised_by": None if sender is None else Holder(**sender),
        }
    )


def _canonical(value: Any) -> bytes:
    return json.dumps(value, default=sorted, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
