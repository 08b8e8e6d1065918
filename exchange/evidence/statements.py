"""The hub's signed statement of a licence's status at a time, from its own record: a receipt of a verification.

A status list says what is so now. What was so on the day of a contract is in the licence's history, which only the hub
has; so it signs what follows from it (``act`` verified, ``at`` the time asked about).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exchange.call import Call
from exchange.entities.licence import Licence
from exchange.licences.receipts import ReceiptDesk, receipt_number
from exchange.licences.validity import Validity, validity_at
from signer.receipt import Act, Receipt
from signer.report import Outcome

PURPOSE: Final = "evidence"
"""What a statement says that it was made for."""

CODES: Final[Mapping[Validity, str]] = MappingProxyType(
    {
        Validity.NOT_ISSUED: "NOT_ISSUED",
        Validity.REVOKED: "STATUS_REVOKED",
        Validity.SUPERSEDED: "STATUS_SUPERSEDED",
        Validity.SUSPENDED: "STATUS_SUSPENDED",
    }
)
"""What a statement gives as its reason. The period is for the verifier to compare: any other validity passes here."""

_FOR_EVER: Final = 10 * 366 * 86_400
"""Evidence is judged years later: the statement is about the past, and does not age as an extract does."""


def status_statement(
    call: Call, desk: ReceiptDesk, licence: Licence, sd_hash: str, time: int, commitment: bytes
) -> str:
    """The signed statement of a licence's status at ``time`` (Unix seconds), for the presentation of that ``sd_hash``.

    ``commitment`` is that of the record of this export. Raises ``SignerError`` if the key cannot be used.
    """
    code = CODES.get(validity_at(licence, time))
    return desk.sign(
        Receipt(
            identifier=receipt_number(),
            hub=desk.hub,
            audience=call.caller.department.uscc,
            system=call.caller.system,
            act=Act.VERIFIED,
            issue_time=call.now,
            expire_time=call.now + _FOR_EVER,
            purpose=PURPOSE,
            sd_hash=sd_hash,
            licence=licence.identifier,
            licence_version=licence.version,
            commitment=commitment,
            reasons=() if code is None else (code,),
            verdict=Outcome.PASSED if code is None else Outcome.FAILED,
            asked_time=time,
        )
    )
