"""An application for several matters at once (一件事): one form, one set of evidence, a case for each matter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Application:
    """``cases`` are case ids in the order of the bundle's matters; ``department`` (USCC) and ``operator`` opened it.

    What becomes of it is told by its cases alone: an application has no state of its own. ``opened_time`` is in seconds
    since 1970 (UTC).
    """

    id: str
    number: str
    bundle: str
    cases: tuple[str, ...]
    department: str
    operator: str
    opened_time: int
