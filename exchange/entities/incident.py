"""An incident: what breaks the glass, and why."""

from enum import StrEnum


class IncidentReason(StrEnum):
    """Why data is needed at once; nothing else justifies it."""

    DISASTER = "disaster"
    EPIDEMIC = "epidemic"
    LIFE_AT_RISK = "life_at_risk"
    PUBLIC_SAFETY = "public_safety"
