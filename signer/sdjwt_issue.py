"""Making an SD-JWT (RFC 9901 sections 4.2 and 5.1).

Salts are 144 random bits (24 base64url characters, so that none is padded), drawn in one go. Digests are sorted, so
that their order tells nothing about the claims. Only SHA-256 is used.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from signer import base64url, jws
from signer.errors import FormatError, SdJwtError
from signer.sdjwt_format import DEFAULT_HASH, MAX_DEPTH, MAX_DISCLOSURES, MAX_TOKEN_BYTES, RESERVED_NAMES, escape
from signer.strict_json import canonical

_SALT_BYTES: Final = 18
_SALT_CHARACTERS: Final = 24


@dataclass(frozen=True, slots=True)
class Disclosable:
    """Marks a member's value or an array's element as selectively disclosable; ``value`` may hold further marks
    (recursive disclosure)."""

    value: object


@dataclass(frozen=True, slots=True)
class Decoy:
    """Marks a place in an array where a digest of nothing stands, to hide how many elements there are."""


@dataclass(frozen=True, slots=True)
class IssuedSdJwt:
    """``token`` carries every disclosure; ``disclosures`` gives each by its path (a flat claim's path is its
    name)."""

    token: str
    disclosures: Mapping[str, str]


def issue(
    always: Mapping[str, object],
    disclosable: Mapping[str, object],
    header: Mapping[str, object] | str,
    sign: jws.SignFunction,
    *,
    decoys: int = 0,
) -> IssuedSdJwt:
    """Return a signed SD-JWT with the claims ``always`` in the open and each of ``disclosable`` selectively
    disclosable.

    Both may hold ``Disclosable`` and ``Decoy`` marks at any depth; ``decoys`` digests of nothing are added at the
    top level. ``header`` is a mapping or what ``jws.encode_header`` made of it, and names the algorithm of
    ``sign``. Raises SdJwtError: ``CLAIM_EXISTS``, ``RESERVED_NAME``, ``CLAIM_NAME``, ``TOO_DEEP``,
    ``TOO_MANY_DISCLOSURES``, ``TOKEN_TOO_LARGE``, ``JSON_UNSERIALISABLE``.
    """
    if not always.keys().isdisjoint(disclosable):
        raise SdJwtError("CLAIM_EXISTS", "a claim is both always visible and disclosable")
    making = _Making(len(disclosable) + decoys)
    payload = making.members(always, "", 1)
    digests = [making.member(name, value, "", 1) for name, value in disclosable.items()]
    digests.extend(making.decoy() for _ in range(decoys))
    if digests:
        payload["_sd"] = sorted([*making.own_digests(payload), *digests])
    if making.hashed:
        payload["_sd_alg"] = DEFAULT_HASH
    try:
        signed = jws.sign(header, canonical(payload), sign)
    except FormatError as error:
        raise SdJwtError(error.code, error.message) from error
    if len(making.disclosures) > MAX_DISCLOSURES:
        raise SdJwtError("TOO_MANY_DISCLOSURES", f"more than {MAX_DISCLOSURES} disclosures")
    token = "~".join([signed, *making.disclosures.values(), ""])
    if len(token) > MAX_TOKEN_BYTES:
        raise SdJwtError("TOKEN_TOO_LARGE", f"more than {MAX_TOKEN_BYTES} characters")
    return IssuedSdJwt(token, making.disclosures)


class _Making:
    """The salts and disclosures of one token."""

    __slots__ = ("_salts", "_used", "disclosures", "hashed")

    def __init__(self, expected: int) -> None:
        self._salts = base64url.encode(os.urandom(_SALT_BYTES * expected))
        self._used = 0
        self.disclosures: dict[str, str] = {}
        self.hashed = False

    def members(self, node: Mapping[str, object], prefix: str, depth: int) -> dict[str, object]:
        """Return an object with its marked members moved into ``_sd``."""
        if depth > MAX_DEPTH:
            raise SdJwtError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels")
        kept: dict[str, object] = {}
        digests: list[str] = []
        for name, value in node.items():
            if isinstance(value, Disclosable):
                digests.append(self.member(name, value.value, prefix, depth))
            else:
                _check_name(name)
                kept[name] = self._value(value, f"{prefix}{escape(name)}/", depth + 1)
        if digests:
            kept["_sd"] = sorted(digests)
        return kept

    def member(self, name: str, value: object, prefix: str, depth: int) -> str:
        """Make the disclosure of a member and return its digest."""
        _check_name(name)
        path = prefix + escape(name)
        return self._disclose(path, [self._salt(), name, self._value(value, path + "/", depth + 1)])

    def decoy(self) -> str:
        """Return a digest that stands for nothing."""
        self.hashed = True
        return base64url.encode(sha256(self._salt().encode()).digest())

    @staticmethod
    def own_digests(payload: dict[str, object]) -> list[str]:
        """Take the digests out again that marks at the top level have made."""
        digests = payload.pop("_sd", [])
        return digests if isinstance(digests, list) else []

    def _value(self, value: object, prefix: str, depth: int) -> object:
        if isinstance(value, str | int | float | None):
            return value
        if isinstance(value, Mapping):
            return self.members(value, prefix, depth)
        if isinstance(value, Sequence):
            return self._elements(value, prefix, depth)
        return value

    def _elements(self, node: Sequence[object], prefix: str, depth: int) -> list[object]:
        if depth > MAX_DEPTH:
            raise SdJwtError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels")
        elements: list[object] = []
        for position, element in enumerate(node):
            if isinstance(element, Disclosable):
                path = f"{prefix}{position}"
                value = self._value(element.value, path + "/", depth + 1)
                elements.append({"...": self._disclose(path, [self._salt(), value])})
            elif isinstance(element, Decoy):
                elements.append({"...": self.decoy()})
            else:
                elements.append(self._value(element, f"{prefix}{position}/", depth + 1))
        return elements

    def _disclose(self, path: str, content: list[object]) -> str:
        self.hashed = True
        try:
            encoded = base64url.encode(canonical(content))
        except FormatError as error:
            raise SdJwtError(error.code, error.message) from error
        self.disclosures[path] = encoded
        return base64url.encode(sha256(encoded.encode("ascii")).digest())

    def _salt(self) -> str:
        start = self._used
        self._used += _SALT_CHARACTERS
        # The flat disclosures share one draw; nested ones are rare and draw their own.
        return self._salts[start : self._used] or base64url.encode(os.urandom(_SALT_BYTES))


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise SdJwtError("CLAIM_NAME", "a claim's name is a string")
    if name in RESERVED_NAMES:
        raise SdJwtError("RESERVED_NAME", "a claim is named _sd, _sd_alg or ...")
