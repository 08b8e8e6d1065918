"""The status lists in a folder, opened when a licence first names them.

Rules:
1. A list counts if a key signed it that the trust list names for status lists and never distrusted.
2. The newest time that was seen of each list is remembered, so that an older one is refused on the next day too.
3. A list that is broken is no list: the check says so, and nothing is concluded from it.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from exchange.offline.files import read_bounded
from signer.algorithms import PublicKey
from signer.errors import FormatError, SignerError
from signer.report import Check, CheckName, undecided
from signer.status_keeper import StatusKeeper
from signer.status_list import MAX_BYTES, open_status_list
from signer.strict_json import canonical, load_object

MAX_SEEN_BYTES: Final = 1024 * 1024

_PATH: Final = re.compile(r"/status/([0-9A-Z]{1,40})/([0-9]{4,6})/([1-9][0-9]{0,5})")
_MAX_SEEN: Final = 8_192


class StatusFolder:
    """Answers from ``folder/status/<type>/<year>/<n>.jwt``, the lists of ``hub``. For one thread."""

    def __init__(
        self,
        folder: Path,
        hub: str,
        keys: Mapping[str, PublicKey],
        max_age: int,
        seen: Mapping[str, int] | None = None,
    ) -> None:
        """``keys`` by ``kid``; ``max_age`` in seconds; ``seen``: ``seen_times()`` of an earlier run."""
        self._folder = folder
        self._hub = hub
        self._keys = keys
        self._before = dict(seen or {})
        self._keeper = StatusKeeper(max_age, seen=self._before)
        self._refused: dict[str, Check | None] = {}

    def check(self, claims: Mapping[str, object], at: int) -> Check:
        """What the list says that a credential's proven claims name, at ``at`` (Unix seconds)."""
        uri = status_uri(claims)
        refused = None if uri is None else self._opened(uri)
        return self._keeper.check(claims, at) if refused is None else refused

    def made(self, claims: Mapping[str, object]) -> int | None:
        """When the list was made that answers for these claims; None if there is none."""
        uri = status_uri(claims)
        kept = None if uri is None else self._keeper.kept(uri)
        return None if kept is None else kept.issue_time

    def newly_seen(self) -> Mapping[str, int] | None:
        """What there is to remember; None if nothing was seen that is newer than before."""
        seen = self._keeper.seen_times()
        return None if seen == self._before else seen

    def _opened(self, uri: str) -> Check | None:
        """Open a list once; a check if it is there and cannot be used."""
        if uri not in self._refused:
            self._refused[uri] = self._open(uri)
        return self._refused[uri]

    def _open(self, uri: str) -> Check | None:
        match = _PATH.fullmatch(uri.removeprefix(self._hub)) if uri.startswith(self._hub) else None
        if match is None:
            return None  # of another hub: missing here
        path = self._folder / "status" / match[1] / match[2] / f"{match[3]}.jwt"
        try:
            content = read_bounded(path, MAX_BYTES)
            if content is not None:
                self._keeper.keep(open_status_list(content.strip(), self._keys, uri=uri, at=None))
        except FormatError as error:
            kept = error.code if error.code.startswith(("STATUS_LIST_ROLLED", "STATUS_LIST_FORKED")) else ""
            return undecided(CheckName.STATUS, kept or "STATUS_LIST_BROKEN", error.message)
        except (SignerError, OSError) as error:
            return undecided(CheckName.STATUS, "STATUS_LIST_BROKEN", str(error))
        return None


def status_uri(claims: Mapping[str, object]) -> str | None:
    """The status list that claims name; None if they name none."""
    status = claims.get("status")
    reference = status.get("status_list") if isinstance(status, Mapping) else None
    uri = reference.get("uri") if isinstance(reference, Mapping) else None
    return uri if isinstance(uri, str) else None


def encode_seen(seen: Mapping[str, int]) -> bytes:
    """What was seen, as JSON; at most 8,192 lists, the newest."""
    newest = sorted(seen.items(), key=lambda pair: pair[1])[-_MAX_SEEN:]
    return canonical(dict(newest))


def decode_seen(content: bytes) -> dict[str, int]:
    """Read what was seen. Raises FormatError for anything else than what ``encode_seen`` writes."""
    members = load_object(content, max_bytes=MAX_SEEN_BYTES, max_depth=1)
    seen = {uri: time for uri, time in members.items() if isinstance(time, int) and not isinstance(time, bool)}
    if len(seen) != len(members) or len(seen) > _MAX_SEEN:
        raise FormatError("STATUS_SEEN", "not the times of status lists")
    return seen
