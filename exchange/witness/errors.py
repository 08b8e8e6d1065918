"""What can go wrong in a witness.

WitnessError
├── HeadsError       what the witness has seen cannot be read or kept: nothing is cosigned
└── HeadMovedError   another request moved the head of the log meanwhile
"""


class WitnessError(Exception):
    """Base of every error that this room raises on purpose."""


class HeadsError(WitnessError):
    """What the witness has seen cannot be read or kept."""


class HeadMovedError(WitnessError):
    """Another request moved the head of the log meanwhile; the message is its origin."""
