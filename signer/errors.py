"""What can go wrong in the signer.

SignerError
├── FormatError           hostile or broken bytes; ``code`` is stable and machine-readable
│   └── SdJwtError        the same for an SD-JWT, every rejection of RFC 9901 with a code of its own
├── SignatureError        well-formed, but the signature is not by that key over those bytes
├── ChainError            a certificate chain that leads to no trusted root at that time; has a ``code``
├── ProofError            a Merkle proof or tile that does not prove what it claims
├── NoteError             a signed note or checkpoint that is malformed, or that no known key signed
├── KeyNotFoundError      the key backend holds no such key, or may not use it
├── SuiteUnavailableError a signature suite that this machine cannot compute; ``code`` is ``SUITE_UNAVAILABLE``
└── KeyBackendError       wrong passphrase, loose permissions, unreadable or altered key material
    └── KeysAwayError     the keys are in a token or process that does not answer now; a later try may work
"""


class SignerError(Exception):
    """Base of every error that this package raises on purpose."""


class FormatError(SignerError):
    """Bytes from outside that break their format.

    ``code`` is UPPER_SNAKE, stable across releases and safe to show; ``message`` names the rule, never the
    data.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class SdJwtError(FormatError):
    """An SD-JWT that RFC 9901 says must be rejected."""


class SignatureError(SignerError):
    """The signature is not by that key over those bytes."""


class ChainError(SignerError):
    """A certificate chain that does not lead from a usable certificate to a trusted root at that time."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ProofError(SignerError):
    """A Merkle proof or tile does not prove what it claims."""


class NoteError(SignerError):
    """A signed note or checkpoint is malformed, or no known key signed it."""


class KeyNotFoundError(SignerError):
    """The key backend holds no such key, or was opened without the right to use it."""


class KeyBackendError(SignerError):
    """Key material cannot be used: wrong passphrase, loose permissions, unreadable, altered or already
    there."""


class SuiteUnavailableError(SignerError):
    """A signature suite cannot be computed here: nothing is known of the signature, neither that it matches nor that
    it does not."""

    code = "SUITE_UNAVAILABLE"

    def __init__(self, message: str) -> None:
        super().__init__(f"{self.code}: {message}")
        self.message = message


class KeysAwayError(KeyBackendError):
    """The keys are elsewhere, in a token or in a signer process, and are not to be had now: try again later.

    ``retry_seconds`` says when.
    """

    def __init__(self, message: str, retry_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds
