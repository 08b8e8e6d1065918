"""Issuing a licence that is owed to a case: the licence and the end of the debt in one unit."""

from exchange.call import Call
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.room import IssuedLicence
from exchange.results.due import check_holders, find_owed, settle_issuance
from exchange.results.room import ResultRoom


def issue_owed_licence(
    call: Call, room: ResultRoom, type_code: str, new: NewLicence, case_id: str, *, validate_only: bool
) -> IssuedLicence:
    """Issue a licence that the caller's department owes to a case.

    Raises what ``issue_licence`` raises, ``RefusedError(ISSUANCE_NOT_DUE)``, and ``InvalidError`` if the licence is
    for others than the case's parties.
    """
    found = find_owed(call, room, case_id, type_code, new.related_matter)
    check_holders(room, found, new.holders)
    issued = issue_licence(call, room.licences, type_code, new, validate_only=validate_only)
    if not validate_only:
        settle_issuance(call, found, issued.view.licence)
    return issued
