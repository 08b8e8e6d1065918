"""Guards of step 14: the licence that was found.

The rules of ``caller_guards`` hold here too. A licence that is missing, of another type or of another holder gives one
and the same reason and nothing more, so that a refusal does not tell which it was.
"""

from exchange.entities.licence import LicenceState
from exchange.purpose.facts import Facts, LicenceFacts
from exchange.reasons import Reason


def _is_found(facts: Facts, licence: LicenceFacts) -> bool:
    return (
        licence.found is True
        and facts.holder is not None
        and licence.holders is not None
        and facts.holder in licence.holders
        and licence.type_code is not None
        and licence.type_code == facts.licence_type.code
    )


def licence_is_found(facts: Facts, licence: LicenceFacts) -> Reason | None:
    """Step 14: there is a licence of this type, and it is the resolved holder's."""
    return None if _is_found(facts, licence) else Reason.LICENCE_NOT_FOUND


def licence_is_active(facts: Facts, licence: LicenceFacts) -> Reason | None:
    """Step 14: the licence is active and inside its validity."""
    if not _is_found(facts, licence):
        return None
    start, end = licence.valid_from_time, licence.valid_until_time
    if licence.state is not LicenceState.ACTIVE or facts.time is None or start is None or end is None:
        return Reason.LICENCE_NOT_ACTIVE
    return None if start <= facts.time and (end == 0 or facts.time < end) else Reason.LICENCE_NOT_ACTIVE


def status_is_fresh(facts: Facts, licence: LicenceFacts) -> Reason | None:
    """Step 14: the licence's state was read recently enough."""
    if not _is_found(facts, licence):
        return None
    return None if licence.status_fresh is True else Reason.STATUS_STALE


def credential_is_intact(facts: Facts, licence: LicenceFacts) -> Reason | None:
    """Step 14: the stored credential has the digest that the register names."""
    if not _is_found(facts, licence):
        return None
    return None if licence.digest_ok is True else Reason.RECORD_CORRUPT


def signature_verifies(facts: Facts, licence: LicenceFacts) -> Reason | None:
    """Step 14: the credential's signature verified."""
    if not _is_found(facts, licence):
        return None
    return None if licence.signature_ok is True else Reason.SIGNATURE_FAILED


def no_licence_is_read(facts: Facts, licence: LicenceFacts) -> Reason | None:  # noqa: ARG001 - refuses whatever they are
    """Step 14, OVERSIGHT and purposes without rules: no licence is ever read for them."""
    return Reason.PURPOSE_NOT_ALLOWED
