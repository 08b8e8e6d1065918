"""A verifier's trust directory: whom it trusts, the latest trust list, and the status lists that it has.

    anchors.json               pinned by a person: the keys that sign the hub's trust list
    trust-list.jwt             the latest trust list
    high-water.json            written here: how far this verifier has come, so that it never goes back
    status-seen.json           written here: the newest status list of each URI that was seen
    status/<type>/<year>/<n>.jwt
    checkpoint                 optional: the latest cosigned checkpoint of the log

Rules:
1. Without anchors or a trust list in force nothing can be verified, and the error says what to fetch.
2. The marks are written back whole. In a folder that cannot be written they are not kept, and a notice says so: an
   older list could be shown there the next time.
3. A mark that is broken stops everything: whoever could break it could also have set it back.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.entities.catalogue import Label
from exchange.offline.errors import UnusableError
from exchange.offline.files import read_bounded, replace_whole
from exchange.offline.status_folder import MAX_SEEN_BYTES, StatusFolder, decode_seen, encode_seen
from signer.errors import FormatError, SignerError
from signer.trust_keeper import MAX_KEEPING_BYTES, Anchors, HighWater, TrustKeeper, anchors_digest
from signer.trust_list import KeyUse, TrustList
from signer.trust_list_codec import MAX_BYTES

ANCHORS: Final = "anchors.json"
TRUST_LIST: Final = "trust-list.jwt"
HIGH_WATER: Final = "high-water.json"
STATUS_SEEN: Final = "status-seen.json"
CHECKPOINT: Final = "checkpoint"
MAX_AGE_SECONDS: Final = 86_400
"""How old a status list may be unless the verifier says otherwise."""

_NOT_KEPT: Final = Label(
    zh="信任目录不可写，本次所见的列表版本未能记住。",
    en="The trust directory cannot be written: which lists were seen was not remembered.",
)


@dataclass(frozen=True, slots=True)
class OpenedTrust:
    """What a verification rests on. ``status`` answers from the directory's lists; ``anchors`` is their hex digest."""

    trust_list: TrustList
    status: StatusFolder
    anchors: str
    notices: tuple[Label, ...]


class TrustFolder:
    """One trust directory, opened for one run; ``close`` remembers what was seen."""

    def __init__(self, folder: Path, now: int, max_age: int = MAX_AGE_SECONDS) -> None:
        """``now`` in Unix seconds, ``max_age`` of status lists in seconds. Raises ``UnusableError``."""
        self._folder = folder
        anchors = self._anchors()
        keeper = TrustKeeper(anchors.public_keys(), self._mark(), hub=anchors.hub)
        before = keeper.high_water
        trust_list = self._trust_list(keeper, now)
        notices = [] if keeper.high_water == before or self._keep(HIGH_WATER, keeper.high_water) else [_NOT_KEPT]
        keys = trust_list.keys_for(KeyUse.STATUS_LISTS, None)
        status = StatusFolder(folder, trust_list.hub, keys, max_age, self._seen())
        self.opened = OpenedTrust(trust_list, status, anchors_digest(anchors.public_keys()), tuple(notices))

    def close(self) -> tuple[Label, ...]:
        """Remember the status lists that were seen; returns a notice if that cannot be done."""
        seen = self.opened.status.newly_seen()
        if seen is None or _NOT_KEPT in self.opened.notices:
            return ()
        return () if self._write(STATUS_SEEN, encode_seen(seen)) else (_NOT_KEPT,)

    def _anchors(self) -> Anchors:
        content = self._read(ANCHORS, MAX_KEEPING_BYTES)
        if content is None:
            zh = f"{self._folder} 中没有可用的 {ANCHORS}：请从平台取得并核对信任锚。"
            en = f"{self._folder} has no usable {ANCHORS}: get the hub's trust anchors, and compare them."
            raise UnusableError("TRUST_ANCHORS_MISSING", Label(zh=zh, en=en))
        try:
            return Anchors.from_json(content)
        except FormatError as error:
            raise self._broken(ANCHORS, error) from error

    def _mark(self) -> HighWater | None:
        content = self._read(HIGH_WATER, MAX_KEEPING_BYTES)
        if content is None:
            return None
        try:
            return HighWater.from_json(content)
        except FormatError as error:
            raise self._broken(HIGH_WATER, error) from error

    def _seen(self) -> dict[str, int]:
        content = self._read(STATUS_SEEN, MAX_SEEN_BYTES)
        if content is None:
            return {}
        try:
            return decode_seen(content)
        except FormatError as error:
            raise self._broken(STATUS_SEEN, error) from error

    def _trust_list(self, keeper: TrustKeeper, now: int) -> TrustList:
        content = self._read(TRUST_LIST, MAX_BYTES)
        if content is None:
            zh = f"{self._folder} 中没有 {TRUST_LIST}：请运行 onceonly trust fetch。"
            en = f"{self._folder} has no {TRUST_LIST}: run onceonly trust fetch."
            raise UnusableError("TRUST_LIST_MISSING", Label(zh=zh, en=en))
        try:
            return keeper.accept(content.strip(), now)
        except SignerError as error:
            raise self._broken(TRUST_LIST, error) from error

    def _read(self, name: str, most: int) -> bytes | None:
        """A file of the directory; None if there is none. One that is too large is as broken as any other."""
        path = self._folder / name
        try:
            content = read_bounded(path, most)
            if content is None and path.exists():
                raise self._broken(name, FormatError("FILE_TOO_LARGE", f"more than {most} bytes"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UnusableError(
                "TRUST_FILE_UNREADABLE", Label(zh=f"{path} 无法读取。", en=f"{path}: {reason}.")
            ) from error
        return content

    def _keep(self, name: str, mark: HighWater | None) -> bool:
        return mark is not None and self._write(name, mark.to_json())

    def _write(self, name: str, content: bytes) -> bool:
        try:
            replace_whole(self._folder / name, content)
        except OSError:
            return False
        return True

    def _broken(self, name: str, error: SignerError) -> UnusableError:
        code = error.code if isinstance(error, FormatError) else "TRUST_LIST_SIGNATURE"
        path = self._folder / name
        return UnusableError(code, Label(zh=f"{path} 不能采用（{code}）。", en=f"{path} cannot be used: {error}."))
