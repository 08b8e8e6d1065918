"""Putting disclosures into the payload in place of their digests (RFC 9901 section 7.1, step 3 on). Signatures are
checked elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from signer.errors import SdJwtError
from signer.sdjwt_format import MAX_DEPTH, RESERVED_NAMES, Hash, decode_disclosures, digests_of, escape

# Path, encoded disclosure, value, parent: a bare tuple, as every verification makes them and few read them.
_Placed = tuple[str, bytes, object, bytes | None]


_CONTAINERS: Final = (dict, list)
_STRINGS_ONLY: Final = frozenset({str})


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A disclosure at its place. ``path`` is an RFC 6901 pointer without the first slash (for a flat claim, its
    name); an array element's last step is its position in the array as signed. ``parent`` is the encoded disclosure
    that it lies in, if any."""

    path: str
    encoded: str
    value: object
    """As disclosed; digests within are not replaced."""
    parent: str | None


@dataclass(frozen=True, slots=True)
class Processed:
    """The payload with disclosed claims in place and every trace of digests removed, and where each disclosure
    went."""

    claims: dict[str, object]
    placed: list[_Placed]

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of what is disclosed."""
        return tuple([placed[0] for placed in self.placed])

    @property
    def disclosures(self) -> tuple[Disclosure, ...]:
        """The disclosures at their places."""
        return tuple(
            Disclosure(path, encoded.decode("ascii"), value, None if parent is None else parent.decode("ascii"))
            for path, encoded, value, parent in self.placed
        )


def process(payload: Mapping[str, object], disclosures: list[bytes], function: Hash) -> Processed:
    """Replace digests by what the disclosures disclose, recursively; drop the digests of what is not disclosed.

    Raises SdJwtError: ``DISCLOSURE_DUPLICATE``, ``DISCLOSURE_UNREFERENCED``, ``DISCLOSURE_WRONG_KIND``,
    ``DIGEST_DUPLICATE``, ``CLAIM_EXISTS``, ``SD_NOT_ARRAY``, ``SD_NOT_STRING``, ``SD_ALG_NESTED``,
    ``ELLIPSIS_MISPLACED``, ``ELLIPSIS_MEMBERS``, ``ELLIPSIS_NOT_STRING``, ``TOO_DEEP`` and the codes of
    ``decode_disclosures``.
    """
    return _Processing(disclosures, function).run(payload)


class _Processing:
    """One run over one payload."""

    __slots__ = ("_by_digest", "_placed", "_seen")

    def __init__(self, disclosures: list[bytes], function: Hash) -> None:
        contents = decode_disclosures(disclosures)
        self._by_digest = dict(zip(digests_of(disclosures, function), contents, strict=True))
        if len(self._by_digest) != len(disclosures):
            raise SdJwtError("DISCLOSURE_DUPLICATE", "a disclosure is given twice")
        self._seen: set[str] = set()
        self._placed: list[_Placed] = []

    def run(self, payload: Mapping[str, object]) -> Processed:
        claims = self._object(payload, "", None, 1)
        if len(self._placed) != len(self._by_digest):
            raise SdJwtError(
                "DISCLOSURE_UNREFERENCED", "a disclosure was altered, or belongs to no digest of the payload"
            )
        return Processed(claims, self._placed)

    def _value(self, value: object, prefix: str, parent: bytes | None, depth: int) -> object:
        if isinstance(value, _CONTAINERS) and depth > MAX_DEPTH:
            raise SdJwtError("TOO_DEEP", f"nested more than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            return self._object(value, prefix, parent, depth)
        if isinstance(value, list):
            return self._array(value, prefix, parent, depth)
        return value

    def _object(self, node: Mapping[str, object], prefix: str, parent: bytes | None, depth: int) -> dict[str, object]:
        claims: dict[str, object] = {}
        for name, value in node.items():
            if name in RESERVED_NAMES:
                _check_reserved(name, depth)
            elif isinstance(value, _CONTAINERS):
                claims[name] = self._value(value, f"{prefix}{escape(name)}/", parent, depth + 1)
            else:
                claims[name] = value
        if "_sd" in node:
            self._insert(node["_sd"], claims, prefix, parent, depth)
        return claims

    def _insert(
        self, digests: object, claims: dict[str, object], prefix: str, parent: bytes | None, depth: int
    ) -> None:
        if not isinstance(digests, list):
            raise SdJwtError("SD_NOT_ARRAY", "_sd is an array of digests")
        if not set(map(type, digests)) <= _STRINGS_ONLY:
            raise SdJwtError("SD_NOT_STRING", "_sd holds strings only")
        self._remember(digests)
        for candidate in digests:
            found = self._by_digest.get(candidate)
            if found is None:  # not disclosed, or a decoy
                continue
            encoded, name, value = found
            if name is None:
                raise SdJwtError("DISCLOSURE_WRONG_KIND", "an array element's disclosure stands for an object's member")
            if name in claims:
                raise SdJwtError("CLAIM_EXISTS", "a disclosed claim exists already at its level")
            path = prefix + escape(name)
            self._placed.append((path, encoded, value, parent))
            if isinstance(value, _CONTAINERS):
                value = self._value(value, path + "/", encoded, depth + 1)
            claims[name] = value

    def _array(self, node: list[object], prefix: str, parent: bytes | None, depth: int) -> list[object]:
        elements: list[object] = []
        for position, element in enumerate(node):
            path = f"{prefix}{position}"
            if not isinstance(element, dict) or "..." not in element:
                elements.append(self._value(element, path + "/", parent, depth + 1))
                continue
            candidate = _element_digest(element)
            self._remember([candidate])
            found = self._by_digest.get(candidate)
            if found is None:
                continue
            encoded, name, value = found
            if name is not None:
                raise SdJwtError("DISCLOSURE_WRONG_KIND", "an object member's disclosure stands for an array's element")
            self._placed.append((path, encoded, value, parent))
            elements.append(self._value(value, path + "/", encoded, depth + 1))
        return elements

    def _remember(self, digests: list[str]) -> None:
        """Refuse a digest that has occurred before anywhere, whether its disclosure is here or not."""
        unique = set(digests)
        if len(unique) != len(digests) or not self._seen.isdisjoint(unique):
            raise SdJwtError("DIGEST_DUPLICATE", "a digest occurs twice")
        self._seen |= unique


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
