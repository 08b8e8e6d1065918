"""Making an SD-JWT (RFC 9901 sections 4.2 and 5.1).

Salts are 144 random bits (24 base64url characters, so that none is padded), drawn in one go. Digests are sorted, so
that their order tells nothing about the claims. Only SHA-256 is used.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from signer import base64url, jws
from signer.errors import FormatError, SdJwtError
from signer.sdjwt_format import (
    DEFAULT_HASH,
    MAX_DEPTH,
    MAX_DISCLOSURES,
    MAX_TOKEN_BYTES,
    RESERVED_NAMES,
    digest,
    digests_of,
    escape,
)
from signer.strict_json import canonical, fragment

_SALT_BYTES: Final = 18
_SALT_CHARACTERS: Final = 24
_SCALARS: Final = (str, int, float, type(None))


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

    token: str = field(repr=False)
    disclosures: Mapping[str, str] = field(repr=False)


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
    try:
        signed = jws.sign(header, canonical(making.payload(always, disclosable, decoys)), sign)
    except UnicodeEncodeError as error:
        raise SdJwtError("JSON_UNSERIALISABLE", "a claim holds a lone surrogate") from error
    except SdJwtError:
        raise
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

    __slots__ = ("_hashed", "_salts", "_used", "disclosures")

    def __init__(self, expected: int) -> None:
        self._salts = base64url.encode(os.urandom(_SALT_BYTES * expected))
        self._used = 0
        self.disclosures: dict[str, str] = {}
        self._hashed = False

    def payload(
        self, always: Mapping[str, object], disclosable: Mapping[str, object], decoys: int
    ) -> dict[str, object]:
        """Return the payload to sign."""
        payload, disclosures = self._split(always, "", 1)
        disclosures.extend([self._member(name, value, "", 1) for name, value in disclosable.items()])
        digests = digests_of(disclosures, sha256)
        digests.extend(self._decoy() for _ in range(decoys))
        if digests:
            payload["_sd"] = sorted(digests)
        if self._hashed or self.disclosures:
            payload["_sd_alg"] = DEFAULT_HASH
        return payload

    def _split(self, node: Mapping[str, object], prefix: str, depth: int) -> tuple[dict[str, object], list[bytes]]:
        """Return an object without its marked members, and the encoded disclosures of those."""
        kept: dict[str, object] = {}
        disclosures: list[bytes] = []
        for name, value in node.items():
            if isinstance(value, Disclosable):
                disclosures.append(self._member(name, value.value, prefix, depth))
                continue
            _check_name(name)
            if isinstance(value, _SCALARS):
                kept[name] = value
            else:
                kept[name] = self._value(value, f"{prefix}{escape(name)}/", depth + 1)
        return kept, disclosures

    def _object(self, node: Mapping[str, object], prefix: str, depth: int) -> dict[str, object]:
        kept, disclosures = self._split(node, prefix, depth)
        if disclosures:
            kept["_sd"] = sorted(digests_of(disclosures, sha256))
        return kept

    def _member(self, name: str, value: object, prefix: str, depth: int) -> bytes:
        """Make the disclosure of a member and return it, encoded."""
        _check_name(name)
        path = prefix + escape(name)
        if not isinstance(value, _SCALARS):
            value = self._value(value, path + "/", depth + 1)
        return self._disclose(path, f'["{self._salt()}",{fragment(name)},{fragment(value)}]')

    def _decoy(self) -> str:
        """Return a digest that stands for nothing."""
        self._hashed = True
        return base64url.encode(sha256(self._salt().encode()).digest())

    def _value(self, value: object, prefix: str, depth: int) -> object:
        if isinstance(value, _SCALARS):
            return value
        if depth > MAX_DEPTH:
            raise SdJwtError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels")
        if isinstance(value, Mapping):
            return self._object(value, prefix, depth)
        if isinstance(value, (list, tuple)):
            return self._elements(value, prefix, depth)
        return value  # of no JSON type: the encoder refuses it

    def _elements(self, node: Sequence[object], prefix: str, depth: int) -> list[object]:
        elements: list[object] = []
        for position, element in enumerate(node):
            if isinstance(element, Disclosable):
                path = f"{prefix}{position}"
                value = self._value(element.value, path + "/", depth + 1)
                disclosure = self._disclose(path, f'["{self._salt()}",{fragment(value)}]')
                elements.append({"...": digest(disclosure, sha256)})
            elif isinstance(element, Decoy):
                elements.append({"...": self._decoy()})
            else:
                elements.append(self._value(element, f"{prefix}{position}/", depth + 1))
        return elements

    def _disclose(self, path: str, content: str) -> bytes:
        self.disclosures[path] = encoded = base64url.encode(content.encode("utf-8"))
        return encoded.encode("ascii")

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
