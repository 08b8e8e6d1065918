"""One session with a PKCS#11 token, used by one thread at a time, opened again when it is lost.

Rules:
1. One lock for the process. A module is initialised, and a user logged in, for the whole process, so sessions there
   are the process's too: whoever opens the same token shares its session. SoftHSM dies with concurrent sessions.
2. A PIN is never tried twice. A token locks itself after a few wrong PINs. After a wrong one this session stays shut; a
   token that reports a wrong PIN since the last good one is not tried at all, so that a process that is started again
   and again cannot lock it.
3. A lost session (token pulled, module restarted, logged out by another) is opened again, the module initialised anew
   if need be, and what failed runs once more. While the token stays away, it is looked for at most once a second.
4. Whatever the module answers becomes a KeyBackendError that says what to do. The PIN stands in no message.
5. That error is raised outside the ``except`` block. The library's error holds the operation that failed, and with it
   the library's own lock, until it is freed: it must be freed here, by this thread, not kept as a cause.
"""

import hmac
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Final, TypeVar

import pkcs11
from pkcs11 import PKCS11Error, Session, Token, TokenFlag

from signer.errors import KeyBackendError, KeysAwayError
from signer.keys.pkcs11_answers import is_lost, is_wrong_pin, sentence

T = TypeVar("T")

_LOCK: Final = RLock()
_OPEN: Final[dict[tuple[str, str], "TokenSession"]] = {}
"""The sessions of this process by module and label; touched under the lock alone (rule 1)."""

_PATIENCE_SECONDS: Final = 1.0
_DOUBTED: Final = TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY


class TokenSession:
    """A session logged in as the token's user. ``open_session`` makes it, and shares it."""

    def __init__(self, module: Path, label: str, pin: bytes, clock: Callable[[], float]) -> None:
        self._module = str(module)
        self._label = label
        self._pin = pin
        self._clock = clock
        self._session: Session | None = None
        self._shut: str | None = None
        self._away: str | None = None
        self._look_again = 0.0
        self.users = 0

    def use(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` makes of the session; where that is found lost, it is opened again and ``work`` runs a
        second time.

        Raises KeyBackendError: the token is away, refuses the PIN, or refuses the work.
        """
        with _LOCK:
            try:
                return self.once(work)
            except _LostError:
                return self.once(work)

    def once(self, work: Callable[[Session], T]) -> T:
        """As ``use``, for work that must not run twice: a session found lost is opened again at the next use."""
        with _LOCK:
            session = self._opened()
            try:
                return work(session)
            except PKCS11Error as error:
                failure = self._failure(error)
            raise failure  # rule 5

    def accepts(self, pin: bytes) -> bool:
        """Tell whether this is the PIN that the session was opened with; the token is not asked."""
        return hmac.compare_digest(self._pin, pin)

    def end(self) -> None:
        """Close the session, and the module if no other session of this process uses it."""
        with _LOCK:
            session, self._session = self._session, None
            if session is not None:
                with suppress(PKCS11Error):  # a lost session has nothing left to close
                    session.close()
            if not any(module == self._module for module, _ in _OPEN):
                with suppress(PKCS11Error):
                    pkcs11.lib(self._module).finalize()

    def _opened(self) -> Session:
        if self._session is not None:
            return self._session
        if self._shut is not None:
            raise KeyBackendError(self._shut)
        if self._away is not None and self._clock() < self._look_again:
            raise KeysAwayError(self._away)
        try:
            self._session = self._open()
        except PKCS11Error as error:
            self._look_again = self._clock() + _PATIENCE_SECONDS
            self._away = self._says(error)
            failure = KeysAwayError(self._away) if is_lost(error) else KeyBackendError(self._away)
            if is_wrong_pin(error):
                self._shut = self._away
        else:
            self._away = None
            return self._session
        raise failure  # rule 5

    def _open(self) -> Session:
        """Open a session as things are; failing that, with the module initialised anew, which is how modules notice
        what came and went."""
        try:
            return self._login(self._find())
        except PKCS11Error as error:
            if not is_lost(error):
                raise
        library = pkcs11.lib(self._module)
        library.finalize()
        library.initialize()
        return self._login(self._find())

    def _find(self) -> Token:
        found = []
        for slot in pkcs11.lib(self._module).get_slots(token_present=True):
            try:
                token = slot.get_token()
            except pkcs11.TokenNotRecognised:
                continue  # another slot's token is not our concern
            if token.label == self._label:
                found.append(token)
        if not found:
            raise pkcs11.NoSuchToken
        if len(found) > 1:
            raise KeyBackendError(f"{len(found)} tokens are labelled {self._label!r}: give each a label of its own")
        return found[0]

    def _login(self, token: Token) -> Session:
        if token.flags & _DOUBTED:
            self._shut = (
                f"the token {self._label!r} has been given a wrong PIN since the last right one. So that nothing here "
                "locks it, the PIN is not tried: log in once by hand (pkcs11-tool --login --list-objects), then start "
                "again"
            )
            raise KeyBackendError(self._shut)
        return token.open(rw=True, user_pin=self._pin.decode())

    def _failure(self, error: PKCS11Error) -> KeyBackendError:
        if is_lost(error):
            self._session = None
            return _LostError(self._says(error))
        return KeyBackendError(self._says(error))

    def _says(self, error: PKCS11Error) -> str:
        return f"the token {self._label!r} {sentence(error)}"


class _LostError(KeysAwayError):
    """The session is gone; the next use opens it again."""


def open_session(module: Path, label: str, pin: bytes, clock: Callable[[], float] = time.monotonic) -> TokenSession:
    """Return a session with the token of that label, shared with all of this process that have opened it.

    ``module`` is the vendor's PKCS#11 library, ``pin`` the user's PIN in UTF-8. Each caller gives it back with
    ``close_session``. Raises KeyBackendError if the module cannot be loaded, the token is not there or refuses.
    """
    place = str(module), label
    with _LOCK:
        session = _OPEN.get(place)
        if session is None:
            _load(module)
            session = TokenSession(module, label, pin, clock)
            try:
                session.use(lambda _: None)
            except KeyBackendError:
                session.end()
                raise
            _OPEN[place] = session
        elif not session.accepts(pin):
            raise KeyBackendError(f"the PIN is not the one with which this process has opened the token {label!r}")
        session.users += 1
        return session


def close_session(session: TokenSession) -> None:
    """Give a session back; the last one who does closes it."""
    with _LOCK:
        session.users -= 1
        if session.users == 0:
            for place in [place for place, kept in _OPEN.items() if kept is session]:
                del _OPEN[place]
            session.end()


def _load(module: Path) -> None:
    try:
        pkcs11.lib(str(module))
    except PKCS11Error as error:
        raise KeyBackendError(
            f"the PKCS#11 module {module} cannot be loaded: it is not there, is no such module, or cannot start"
        ) from error
