"""What a PKCS#11 module answers when it refuses, in sentences that say what to do (PKCS#11 2.40, section 5.1)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pkcs11 import exceptions as answers

_LOST: Final = (
    answers.DeviceError,
    answers.DeviceRemoved,
    answers.FunctionFailed,
    answers.GeneralError,
    answers.KeyHandleInvalid,
    answers.NoSuchToken,
    answers.ObjectHandleInvalid,
    answers.OperationActive,
    answers.SessionClosed,
    answers.SessionHandleInvalid,
    answers.SlotIDInvalid,
    answers.TokenNotPresent,
    answers.TokenNotRecognised,
    answers.UserNotLoggedIn,
)

_WRONG_PIN: Final = (
    "does not accept the PIN. It is not tried again, since tokens lock themselves after a few wrong PINs: correct the "
    "PIN file, log in once by hand (pkcs11-tool --login --list-objects), then start again"
)
_LOOK: Final = "insert it, or start its service; it is opened again by itself"
_AWAY: Final = f"is not there: {_LOOK}"
_CANNOT: Final = "cannot do this: it lacks the mechanism, or refuses keys that never leave it"

_SENTENCES: Final[Mapping[type[answers.PKCS11Error], str]] = MappingProxyType(
    {
        answers.DeviceMemory: "is full: remove keys that are no longer needed, or use a larger one",
        answers.DeviceRemoved: _AWAY,
        answers.MechanismInvalid: _CANNOT,
        answers.AttributeValueInvalid: _CANNOT,
        answers.DomainParamsInvalid: _CANNOT,
        answers.FunctionNotSupported: _CANNOT,
        answers.NoSuchToken: _AWAY,
        answers.PinExpired: "says that the PIN has expired: set a new one",
        answers.PinIncorrect: _WRONG_PIN,
        answers.PinInvalid: _WRONG_PIN,
        answers.PinLenRange: _WRONG_PIN,
        answers.PinLocked: "is locked after too many wrong PINs: its security officer must set a new PIN",
        answers.SessionCount: "has no session left: other programs hold them all",
        answers.TemplateInconsistent: _CANNOT,
        answers.TokenNotPresent: _AWAY,
        answers.TokenNotRecognised: _AWAY,
        answers.TokenWriteProtected: "is write-protected: no key can be made there",
        answers.UserPinNotInitialized: "has no user PIN yet: its security officer must set one",
    }
)

_PIN_TRIED: Final = (answers.PinIncorrect, answers.PinInvalid, answers.PinLenRange, answers.PinLocked)


def is_lost(error: answers.PKCS11Error) -> bool:
    """Tell whether a session that answered so must be opened again.

    A module that is not initialised answers with a bare PKCS11Error, for which python-pkcs11 has no name.
    """
    return isinstance(error, _LOST) or type(error) is answers.PKCS11Error


def is_wrong_pin(error: answers.PKCS11Error) -> bool:
    """Tell whether the token has judged the PIN."""
    return isinstance(error, _PIN_TRIED)


def sentence(error: answers.PKCS11Error) -> str:
    """Return what goes after the token's name; an answer without a sentence of its own is named."""
    known = _SENTENCES.get(type(error))
    if known is not None:
        return known
    name = type(error).__name__
    return f"is lost ({name}): {_LOOK}" if is_lost(error) else f"refuses or fails ({name})"
