"""SD-JWT (RFC 9901), strict: everything that the RFC says must be rejected is rejected, each with a code of its
own.

This is the whole public face; the work is in ``sdjwt_format`` (parts), ``sdjwt_process`` (disclosures in place of
digests), ``sdjwt_verify``, ``sdjwt_binding``, ``sdjwt_issue``, ``sdjwt_present`` and ``sdjwt_json``. The licence
profile on top of it is ``credential``.
"""

from signer.sdjwt_binding import KeyBindingExpectation
from signer.sdjwt_format import MAX_DEPTH, MAX_DISCLOSURES, MAX_TOKEN_BYTES
from signer.sdjwt_issue import Decoy, Disclosable, IssuedSdJwt, issue
from signer.sdjwt_json import verify_json
from signer.sdjwt_present import Parsed, parse, present, sd_hash
from signer.sdjwt_process import Disclosure
from signer.sdjwt_verify import Verified, verify

__all__ = [
    "MAX_DEPTH",
    "MAX_DISCLOSURES",
    "MAX_TOKEN_BYTES",
    "Decoy",
    "Disclosable",
    "Disclosure",
    "IssuedSdJwt",
    "KeyBindingExpectation",
    "Parsed",
    "Verified",
    "issue",
    "parse",
    "present",
    "sd_hash",
    "verify",
    "verify_json",
]
