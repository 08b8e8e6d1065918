"""Evidence records of cases as bytes (canonical JSON): what is sealed into them."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from exchange.entities.evidence import (
    Deferral,
    EvidenceForm,
    Language,
    LineEvidence,
    Material,
    MediaType,
    Promise,
    Signature,
)
from storage.errors import CorruptError


def encode_evidence(lines: tuple[LineEvidence, ...]) -> bytes:
    """All lines of a case that something is known of, as canonical JSON."""
    members = [asdict(line) for line in lines]
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode_evidence(content: bytes) -> tuple[LineEvidence, ...]:
    """The lines that ``encode_evidence`` wrote. Raises ``CorruptError`` for anything else."""
    try:
        return tuple(_line(members) for members in json.loads(content))
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptError("a stored evidence record does not decode: restore it from a backup") from error


def _line(members: Mapping[str, Any]) -> LineEvidence:
    deferral, commitment = members["deferral"], members["commitment"]
    return LineEvidence(
        **{
            **members,
            "materials": tuple(_material(material) for material in members["materials"]),
            "deferral": None if deferral is None else _deferral(deferral),
            "commitment": None if commitment is None else _promise(commitment),
        }
    )


def _deferral(members: Mapping[str, Any]) -> Deferral:
    return Deferral(**{**members, "form": EvidenceForm(members["form"]), "promise": _promise(members["promise"])})


def _promise(members: Mapping[str, Any]) -> Promise:
    paper = members["paper"]
    return Promise(
        **{
            **members,
            "language": Language(members["language"]),
            "signature": Signature(members["signature"]),
            "paper": None if paper is None else _material(paper),
        }
    )


def _material(members: Mapping[str, Any]) -> Material:
    return Material(**{**members, "media_type": MediaType(members["media_type"])})
