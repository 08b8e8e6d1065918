"""Putting disclosures into the payload in place of their digests (RFC 9901 section 7.1, step 3 on). Signatures are
checked elsewhere."""

from collections.abc import Mapping
from typing import NamedTuple

from signer.errors import SdJwtError
from signer.sdjwt_format import MAX_DEPTH, RESERVED_NAMES, Hash, decode_disclosure, digest, escape


class Disclosure(NamedTuple):
    """A disclosure at its place. ``path`` is an RFC 6901 pointer without the first slash (for a flat claim, its
    name); an array element's last step is its position in the array as signed. ``parent`` is the encoded disclosure
    that it lies in, if any."""

    path: str
    encoded: str
    value: object
    """As disclosed; digests within are not replaced."""
    parent: str | None


class Processed(NamedTuple):
    """The payload with disclosed claims in place and every trace of digests removed, and where each disclosure
    went."""

    claims: dict[str, object]
    disclosures: list[Disclosure]


def process(payload: Mapping[str, object], disclosures: list[str], function: Hash) -> Processed:
    """Replace digests by what the disclosures disclose, recursively; drop the digests of what is not disclosed.

    Raises SdJwtError: ``DISCLOSURE_DUPLICATE``, ``DISCLOSURE_UNREFERENCED``, ``DISCLOSURE_WRONG_KIND``,
    ``DIGEST_DUPLICATE``, ``CLAIM_EXISTS``, ``SD_NOT_ARRAY``, ``SD_NOT_STRING``, ``SD_ALG_NESTED``,
    ``ELLIPSIS_MISPLACED``, ``ELLIPSIS_MEMBERS``, ``ELLIPSIS_NOT_STRING``, ``TOO_DEEP`` and the codes of
    ``decode_disclosure``.
    """
    return _Processing(disclosures, function).run(payload)


class _Processing:
    """One run over one payload."""

    __slots__ = ("_by_digest", "_placed", "_seen")

    def __init__(self, disclosures: list[str], function: Hash) -> None:
        self._by_digest: dict[str, tuple[str, list[object]]] = {}
        for encoded in disclosures:
            content = decode_disclosure(encoded)
            self._by_digest[digest(encoded, function)] = (encoded, content)
        if len(self._by_digest) != len(disclosures):
            raise SdJwtError("DISCLOSURE_DUPLICATE", "a disclosure is given twice")
        self._seen: set[str] = set()
        self._placed: list[Disclosure] = []

    def run(self, payload: Mapping[str, object]) -> Processed:
        claims = self._object(payload, "", None, 1)
        if len(self._placed) != len(self._by_digest):
            raise SdJwtError(
                "DISCLOSURE_UNREFERENCED", "a disclosure was altered, or belongs to no digest of the payload"
            )
        return Processed(claims, self._placed)

    def _value(self, value: object, prefix: str, parent: str | None, depth: int) -> object:
        if isinstance(value, dict):
            return self._object(value, prefix, parent, depth)
        if isinstance(value, list):
            return self._array(value, prefix, parent, depth)
        return value

    def _object(self, node: Mapping[str, object], prefix: str, parent: str | None, depth: int) -> dict[str, object]:
        if depth > MAX_DEPTH:
            raise SdJwtError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels")
        claims: dict[str, object] = {}
        for name, value in node.items():
            if name in RESERVED_NAMES:
                _check_reserved(name, depth)
            elif isinstance(value, dict | list):
                claims[name] = self._value(value, f"{prefix}{escape(name)}/", parent, depth + 1)
            else:
                claims[name] = value
        if "_sd" in node:
            self._insert(node["_sd"], claims, prefix, parent, depth)
        return claims

    def _insert(self, digests: object, claims: dict[str, object], prefix: str, parent: str | None, depth: int) -> None:
        if not isinstance(digests, list):
            raise SdJwtError("SD_NOT_ARRAY", "_sd is an array of digests")
        for candidate in digests:
            if not isinstance(candidate, str):
                raise SdJwtError("SD_NOT_STRING", "_sd holds strings only")
            found = self._take(candidate)
            if found is None:
                continue
            encoded, content = found
            if len(content) != 3:
                raise SdJwtError("DISCLOSURE_WRONG_KIND", "an array element's disclosure stands for an object's member")
            name, value = str(content[1]), content[2]
            if name in claims:
                raise SdJwtError("CLAIM_EXISTS", "a disclosed claim exists already at its level")
            path = prefix + escape(name)
            self._placed.append(Disclosure(path, encoded, value, parent))
            claims[name] = self._value(value, path + "/", encoded, depth + 1)

    def _array(self, node: list[object], prefix: str, parent: str | None, depth: int) -> list[object]:
        if depth > MAX_DEPTH:
            raise SdJwtError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels")
        elements: list[object] = []
        for position, element in enumerate(node):
            if not isinstance(element, dict) or "..." not in element:
                elements.append(self._value(element, f"{prefix}{position}/", parent, depth + 1))
                continue
            found = self._take(_element_digest(element))
            if found is None:
                continue
            encoded, content = found
            if len(content) != 2:
                raise SdJwtError("DISCLOSURE_WRONG_KIND", "an object member's disclosure stands for an array's element")
            self._placed.append(Disclosure(f"{prefix}{position}", encoded, content[1], parent))
            elements.append(self._value(content[1], f"{prefix}{position}/", encoded, depth + 1))
        return elements

    def _take(self, candidate: str) -> tuple[str, list[object]] | None:
        if candidate in self._seen:
            raise SdJwtError("DIGEST_DUPLICATE", "a digest occurs twice")
        self._seen.add(candidate)
        return self._by_digest.get(candidate)


def _check_reserved(name: str, depth: int) -> None:
    if name == "...":
        raise SdJwtError("ELLIPSIS_MISPLACED", "... stands outside an array")
    if name == "_sd_alg" and depth > 1:
        raise SdJwtError("SD_ALG_NESTED", "_sd_alg stands below the top level")


def _element_digest(element: Mapping[str, object]) -> str:
    candidate = element["..."]
    if len(element) != 1:
        raise SdJwtError("ELLIPSIS_MEMBERS", "an object with ... has other members too")
    if not isinstance(candidate, str):
        raise SdJwtError("ELLIPSIS_NOT_STRING", "the value of ... is not a digest")
    return candidate
