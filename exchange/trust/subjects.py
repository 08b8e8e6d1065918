"""Everything in a trust list that can be distrusted, by the name under which an operator does it."""

from collections.abc import Iterator
from hashlib import sha256

from signer.trust_list import Term, TrustList


def subjects_named(trust_list: TrustList) -> Iterator[tuple[str, str, Term, int | None]]:
    """What each is, what it is called (the last word is its name), its term, and after when it is distrusted."""
    for root in trust_list.roots:
        yield "root", sha256(root.certificate).hexdigest(), root.term, root.distrusted_after
    for authority in trust_list.authorities:
        for seal in authority.certificates:
            yield "seal", f"{authority.uscc} {seal.sha256}", seal.term, seal.distrusted_after
        for second in authority.second_keys:
            yield "second key", f"{authority.uscc} {second.jwk.kid}", second.term, second.distrusted_after
    for key in trust_list.keys:
        yield "key", f"{key.use} {key.jwk.kid}", key.term, key.distrusted_after
