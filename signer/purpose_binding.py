"""Purpose binding: the receipt that came with an extract says for whom, for which case and until when it was made.

A copy used for anything else shows it: ``sd_hash`` ties the receipt to one presentation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from signer.algorithms import PublicKey
from signer.errors import FormatError, SignatureError
from signer.receipt import Act
from signer.receipt import verify as verify_receipt
from signer.report import PASSED, Check, CheckName, failed


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeExpectation:
    """The receipt that came with an extract, the hub's receipt keys by ``kid``, and what it must be for; None:
    whatever the receipt says."""

    receipt: str
    keys: Mapping[str, PublicKey]
    alg: str = "ES256"
    audience: str | None = None
    case: str | None = None


def check_purpose(purpose: PurposeExpectation, licence: str, sd_hash: str, at: int) -> Check:
    """Return the check of an extract of ``licence`` (its identifier) whose presentation has the digest ``sd_hash``, at
    the Unix time ``at``."""
    name = CheckName.PURPOSE_BINDING
    try:
        receipt = verify_receipt(purpose.receipt, purpose.keys, at=at, alg=purpose.alg)
    except SignatureError:
        return failed(name, "RECEIPT_SIGNATURE", "the receipt was not signed by the hub")
    except FormatError as error:
        return failed(name, error.code, error.message)
    departures = (
        (receipt.act is not Act.RELEASED, "RECEIPT_OF_OTHER_ACT", "the receipt does not release anything"),
        (receipt.sd_hash != sd_hash, "RECEIPT_OF_OTHER_EXTRACT", "the receipt was given for another extract"),
        (receipt.licence != licence, "RECEIPT_OF_OTHER_LICENCE", "the receipt names another licence"),
        (
            purpose.audience not in {None, receipt.audience},
            "RECEIPT_FOR_OTHER_AUDIENCE",
            "the extract was made for another department",
        ),
        (
            purpose.case not in {None, receipt.case, *receipt.cases},
            "RECEIPT_FOR_OTHER_CASE",
            "the extract was made for another case",
        ),
    )
    for departs, code, detail in departures:
        if departs:
            return failed(name, code, detail)
    return PASSED[name]
