"""What a verifier knows of status lists: the newest of each, how old it is, and what it says of a licence.

Rules:
1. Of each URI the newest list is kept. One that was made before it is refused: an attacker on the way could otherwise
   bring back a revoked licence. So is another one made in the same second.
2. A list answers for its own time. Where the time asked about is before it, or too long after it, the check is
   INDETERMINATE and says so: a list's silence about another time proves nothing.
3. Nothing is fetched here. What a token names is looked up among the lists that were given, and nowhere else.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from signer.errors import FormatError
from signer.report import Check, CheckName, Outcome, failed, undecided
from signer.status_bits import Status
from signer.status_list import CLOCK_SKEW_SECONDS, StatusList

MOST_LISTS: Final = 1024
"""Of 2**20 places with 2 bits each: 256 MiB."""

_NONE_SEEN: Final[Mapping[str, int]] = MappingProxyType({})


class StatusKeeper:
    """The lists of one verifier. Not thread-safe: its owner guards it, or replaces it whole."""

    def __init__(self, max_age: int, *, seen: Mapping[str, int] = _NONE_SEEN, most: int = MOST_LISTS) -> None:
        """``max_age``: seconds after which a list says nothing about now. ``seen``: ``seen_times()`` of an earlier run.
        ``most``: how many lists are kept."""
        if max_age <= 0:
            raise ValueError("a status list needs time to be used: max_age is above 0 seconds")
        self._max_age = max_age
        self._most = most
        self._seen = dict(seen)
        self._lists: dict[str, StatusList] = {}

    def keep(self, opened: StatusList) -> None:
        """Keep a list that ``open_status_list`` opened, in place of an older one.

        Raises FormatError: ``STATUS_LIST_ROLLED_BACK`` for one older than was seen, ``STATUS_LIST_FORKED`` for another
        of the same second, ``STATUS_LIST_TOO_MANY`` if as many are kept as may be. Not checked: its signature.
        """
        newest = self._seen.get(opened.uri, 0)
        if opened.issue_time < newest:
            raise FormatError("STATUS_LIST_ROLLED_BACK", "a newer status list of this URI was seen before")
        kept = self._lists.get(opened.uri)
        if kept is None and len(self._lists) >= self._most:
            raise FormatError("STATUS_LIST_TOO_MANY", f"{self._most} status lists are kept already")
        if kept is not None and kept.issue_time == opened.issue_time and kept != opened:
            raise FormatError("STATUS_LIST_FORKED", "two status lists of this URI were made in the same second")
        self._seen[opened.uri] = opened.issue_time
        self._lists[opened.uri] = opened

    def kept(self, uri: str) -> StatusList | None:
        """Return the list of a URI; None if there is none."""
        return self._lists.get(uri)

    def seen_times(self) -> dict[str, int]:
        """Return the time of the newest list of each URI, to be stored and given to the next keeper."""
        return dict(self._seen)

    def check(self, claims: Mapping[str, object], at: int) -> Check:
        """Return what the kept lists say of a credential's proven ``claims`` at ``at`` (Unix seconds).

        With ``at`` bound it is a ``signer.credential.StatusLookup``. PASSED and ``OK``, with the list's age in the
        detail; FAILED: ``STATUS_SUSPENDED``, ``STATUS_INVALID``, ``STATUS_UNDEFINED`` (a value that this project does
        not give), ``STATUS_INDEX_OUT_OF_BOUNDS``; INDETERMINATE: ``STATUS_REFERENCE_MISSING``, ``STATUS_LIST_MISSING``,
        ``STATUS_LIST_OF_OTHER_TIME`` (made after ``at``), ``STATUS_LIST_EXPIRED``, ``STATUS_LIST_STALE``.
        """
        reference = _reference(claims)
        if reference is None:
            return _undecided("STATUS_REFERENCE_MISSING", "the credential names no place in a status list")
        uri, index = reference
        kept = self._lists.get(uri)
        if kept is None:
            return _undecided("STATUS_LIST_MISSING", "the status list that the credential names is not at hand")
        return self._unusable(kept, at) or _says(kept, index, at)

    def _unusable(self, kept: StatusList, at: int) -> Check | None:
        """Return why a list cannot answer for a time; None if it can."""
        age = kept.age(at)
        if kept.issue_time > at + CLOCK_SKEW_SECONDS:
            later = kept.issue_time - at
            return _undecided("STATUS_LIST_OF_OTHER_TIME", f"the status list was made {later} seconds after that time")
        if kept.expired(at):
            return _undecided("STATUS_LIST_EXPIRED", f"the status list was {age} seconds old and had expired")
        if age > self._max_age:
            sentence = f"the status list was {age} seconds old; this verifier takes {self._max_age} at most"
            return _undecided("STATUS_LIST_STALE", sentence)
        return None


def _reference(claims: Mapping[str, object]) -> tuple[str, int] | None:
    """Return the URI and index that a credential names (section 6.2); None unless both are there."""
    status = claims.get("status")
    named = status.get("status_list") if isinstance(status, Mapping) else None
    if not isinstance(named, Mapping):
        return None
    uri, index = named.get("uri"), named.get("idx")
    if not isinstance(uri, str) or not isinstance(index, int) or isinstance(index, bool):
        return None
    return uri, index


def _says(kept: StatusList, index: int, at: int) -> Check:
    try:
        value = kept.status(index)
    except FormatError as error:
        return failed(CheckName.STATUS, error.code, error.message)
    if value == Status.VALID:
        return Check(CheckName.STATUS, Outcome.PASSED, "OK", f"by a status list {kept.age(at)} seconds old")
    if value == Status.SUSPENDED:
        return failed(CheckName.STATUS, "STATUS_SUSPENDED", "the licence was suspended at that time")
    if value == Status.INVALID:
        return failed(CheckName.STATUS, "STATUS_INVALID", "the licence was revoked or replaced at that time")
    return failed(
        CheckName.STATUS, "STATUS_UNDEFINED", "the status list says of the licence what this standard leaves open"
    )


def _undecided(code: str, detail: str) -> Check:
    return undecided(CheckName.STATUS, code, detail)
