"""From an opened credential to what is released: presentation, readable values, form values.

Rules:
1. A presentation carries the disclosures of what is released whole, and no other. A field that is released masked is
   left out of it: its disclosure would carry the whole value.
2. Finished presentations are kept, bounded, by the credential's digest and the fields: what is kept can never be
   another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from exchange.entities.licence import FieldValue
from exchange.licences.bounded import Bounded
from exchange.licences.masking import masked_value
from exchange.licences.opening import OpenCredential
from signer import base64url

PREFIX = "mask:"
"""How the decision names its obligation to mask a field."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """What leaves for one licence and one set of fields. ``sd_hash``: RFC 9901 section 4.3.1, and its 32 bytes."""

    text: str = field(repr=False)
    sd_hash: str
    digest: bytes
    fields: Mapping[str, FieldValue] = field(repr=False)
    masked: frozenset[str]
    second_signature: str


class Presenter:
    """Makes presentations and keeps the last ``size`` of them."""

    def __init__(self, size: int = 10_000) -> None:
        self._kept: Bounded[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]], Presentation] = Bounded(size)

    def present(
        self, credential: OpenCredential, fields: tuple[str, ...], masks: tuple[tuple[str, str], ...]
    ) -> Presentation:
        """The presentation of these fields; ``masks`` are (field, rule) of those to be released masked.

        Fields that the licence has no value for are not in it.
        """
        key = (credential.digest, fields, masks)
        return self._kept.get(key) or self._kept.put(key, _made(credential, fields, dict(masks)))


def _made(credential: OpenCredential, fields: tuple[str, ...], masks: Mapping[str, str]) -> Presentation:
    there = [name for name in fields if name in credential.values]
    whole = [credential.disclosures[name] for name in there if name not in masks]
    text = "~".join([credential.issuer_jwt, *whole, ""])
    digest = sha256(text.encode("ascii")).digest()
    values = {
        name: masked_value(masks[name], credential.values[name]) if name in masks else credential.values[name]
        for name in there
    }
    masked = frozenset(there) & masks.keys()
    return Presentation(text, base64url.encode(digest), digest, values, masked, credential.second_signature)
