"""The time claims of a token: ``exp``, ``nbf``, ``iat`` (RFC 7519 section 4.1), in Unix seconds."""

from collections.abc import Mapping

from signer.errors import FormatError


def numeric_date(claims: Mapping[str, object], name: str) -> float | None:
    """Return the claim's value, None if it is absent; FormatError (``EXP_TYPE``, ``NBF_TYPE``, ``IAT_TYPE``) if it
    is no number."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise FormatError(f"{name.upper()}_TYPE", f"{name} is not a number of seconds")
    return value


def check_times(claims: Mapping[str, object], at: int | None) -> None:
    """Check the types of the time claims that are present, and that ``at`` lies in nbf <= at < exp; None skips the
    second.

    Raises FormatError: ``EXPIRED``, ``NOT_YET_VALID`` and the codes of ``numeric_date``. No leeway is given:
    whoever needs some moves ``at``.
    """
    expires, starts = numeric_date(claims, "exp"), numeric_date(claims, "nbf")
    numeric_date(claims, "iat")
    if at is None:
        return
    if expires is not None and at >= expires:
        raise FormatError("EXPIRED", "exp has passed")
    if starts is not None and at < starts:
        raise FormatError("NOT_YET_VALID", "nbf has not come")
