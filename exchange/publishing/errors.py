"""What can go wrong between the hub and those who vouch for its log.

AuditError
├── PostError             the other side does not answer in time, or not in HTTP
├── QuorumError           fewer witnesses cosigned than the configuration asks for
├── WitnessRefusalError   a witness does not cosign, for reasons of its own
├── WitnessDisputeError   a witness has seen another history, or a longer one, than the hub publishes
└── StampError            the authority gave no time-stamp that holds
"""

from exchange.audit.errors import AuditError


class PostError(AuditError):
    """The other side does not answer in time, or not in HTTP. The message names no address."""


class QuorumError(AuditError):
    """Fewer witnesses cosigned the checkpoint than the configuration asks for."""


class WitnessRefusalError(AuditError):
    """A witness does not cosign, for reasons of its own: it does not know the log, or is out of order."""


class WitnessDisputeError(AuditError):
    """A witness has seen another history, or a longer one, than the hub publishes."""


class StampError(AuditError):
    """The authority gave no time-stamp that holds."""
