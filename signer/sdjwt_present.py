"""Reading an SD-JWT without verifying it, and presenting a part of it (RFC 9901 section 7.2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from signer.errors import SdJwtError
from signer.sdjwt_format import decode_issuer_header, decode_payload, digest, hash_of, split_compact
from signer.sdjwt_process import Disclosure, process


@dataclass(frozen=True, slots=True)
class Parsed:
    """A well-formed SD-JWT taken apart. Nothing says that anyone signed it: see ``verify``.

    ``payload`` is as signed, ``claims`` with everything disclosed that the token discloses, ``disclosures`` in the
    token's order.
    """

    header: Mapping[str, object]
    payload: Mapping[str, object]
    claims: Mapping[str, object]
    disclosures: tuple[Disclosure, ...]
    key_binding: str | None
    issuer_jwt: str = field(repr=False)


def parse(token: str) -> Parsed:
    """Take a compact SD-JWT apart, checking its form as ``verify`` does but neither signature nor times. Raises
    SdJwtError."""
    compact = split_compact(token)
    payload = decode_payload(compact)
    processed = process(payload, compact.disclosures, hash_of(payload))
    order = {encoded.decode("ascii"): position for position, encoded in enumerate(compact.disclosures)}
    return Parsed(
        header=decode_issuer_header(compact),
        payload=payload,
        claims=processed.claims,
        disclosures=tuple(sorted(processed.disclosures, key=lambda disclosure: order[disclosure.encoded])),
        key_binding=compact.key_binding.decode("ascii") or None,
        issuer_jwt=token[: token.index("~")],
    )


def present(parsed: Parsed, names: Collection[str]) -> str:
    """Return the SD-JWT with the disclosures of ``names`` only, without key binding.

    ``names`` are paths (a flat claim's path is its name). What a nested claim lies in is disclosed with it, as its
    digest could not be found otherwise; what lies in a claim is not. Raises SdJwtError (``NAME_UNKNOWN``) for a
    path that no disclosure has.
    """
    by_path = {disclosure.path: disclosure for disclosure in parsed.disclosures}
    if not by_path.keys() >= set(names):
        raise SdJwtError("NAME_UNKNOWN", "a name is not that of a disclosure of this SD-JWT")
    parents = {disclosure.encoded: disclosure.parent for disclosure in parsed.disclosures}
    chosen: set[str] = set()
    for name in names:
        encoded: str | None = by_path[name].encoded
        while encoded is not None and encoded not in chosen:
            chosen.add(encoded)
            encoded = parents[encoded]
    kept = [disclosure.encoded for disclosure in parsed.disclosures if disclosure.encoded in chosen]
    return "~".join([parsed.issuer_jwt, *kept, ""])


def sd_hash(presentation: str) -> str:
    """Return the digest of a presentation under its own ``_sd_alg`` (RFC 9901 section 4.3.1); a Key Binding JWT at
    its end is left out.

    Raises SdJwtError if it is not an SD-JWT.
    """
    compact = split_compact(presentation)
    return digest(compact.presented, hash_of(decode_payload(compact)))
