"""What can go wrong with the access log itself.

AuditError
├── FrameError        a frame on the recorder's socket is malformed or too large
├── JournalError      bytes of the journal do not decode
├── LogCorruptError   published tiles or checkpoint do not fit each other or the journal
├── LogForkError      continuing would publish a second history: the journal is not the one that was published
├── FencedError       another integrator moved the tree while this one worked
├── LogKeyError       the log's key cannot sign now; the next run tries again
└── ProofError        a proof cannot be made for the sizes asked, or an exported file does not match its manifest
"""


class AuditError(Exception):
    """Base of every error that this room raises on purpose."""


class FrameError(AuditError):
    """A frame on the recorder's socket is malformed or too large."""


class JournalError(AuditError):
    """Bytes of the journal do not decode."""


class LogCorruptError(AuditError):
    """Published tiles or checkpoint do not fit each other or the journal."""


class LogForkError(AuditError):
    """Continuing would publish a second history of the log."""


class FencedError(AuditError):
    """Another integrator moved the tree meanwhile; this one must start over."""


class LogKeyError(AuditError):
    """The log's key is not to be had now, so that nothing was published."""


class ProofError(AuditError):
    """A proof cannot be made for the sizes asked, or exported bytes do not match their manifest."""
