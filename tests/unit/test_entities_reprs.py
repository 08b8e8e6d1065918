"""What somebody wrote about a person never comes into a log by way of a repr."""

from dataclasses import fields

import pytest

from exchange.entities.case import Case
from exchange.entities.dispute import Dispute
from exchange.entities.incident import Incident
from exchange.entities.letter import Letter
from exchange.entities.rating import Rating, Rectification
from exchange.entities.supervision import Penalty

WRITTEN = "他说的话"


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        (Case, "note"),
        (Dispute, "reason"),
        (Incident, "note"),
        (Incident, "review_note"),
        (Letter, "answer"),
        (Letter, "note"),
        (Penalty, "refusal"),
        (Rating, "comment"),
        (Rectification, "answer"),
    ],
)
def test_what_was_written_stands_in_no_repr(kind: type, member: str) -> None:
    values = dict.fromkeys((each.name for each in fields(kind)), "")
    assert WRITTEN not in repr(kind(**values | {member: WRITTEN}))
