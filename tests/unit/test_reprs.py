"""What is said of a person, and what opens something, never comes into a log by way of a repr."""

from dataclasses import fields

import pytest

from exchange.client import Identity
from exchange.consents.presenting import NewCode
from exchange.edge.server import TlsFiles
from exchange.entities.case import Case
from exchange.entities.dispute import Dispute
from exchange.entities.incident import Incident
from exchange.entities.letter import Letter
from exchange.entities.rating import Rating, Rectification
from exchange.entities.supervision import Penalty
from exchange.licences.qr_code import LicenceQr
from exchange.offline.verifying import Submission, Verdict
from exchange.ratings.rate import NewRating
from exchange.results.decide import Decided
from signer.qr import CredentialQr
from signer.sdjwt_issue import IssuedSdJwt

SAID = "不应出现"


@pytest.mark.parametrize(
    ("kind", "member"),
    [
        (Case, "note"),
        (CredentialQr, "fields"),
        (Decided, "rating_ticket"),
        (Dispute, "reason"),
        (Identity, "key"),
        (Identity, "token_key"),
        (Incident, "note"),
        (Incident, "review_note"),
        (IssuedSdJwt, "disclosures"),
        (IssuedSdJwt, "token"),
        (Letter, "answer"),
        (Letter, "note"),
        (LicenceQr, "text"),
        (NewCode, "digits"),
        (NewCode, "text"),
        (NewRating, "comment"),
        (Penalty, "refusal"),
        (Rating, "comment"),
        (Rectification, "answer"),
        (Submission, "text"),
        (TlsFiles, "key"),
        (Verdict, "fields"),
    ],
)
def test_it_stands_in_no_repr(kind: type, member: str) -> None:
    values = dict.fromkeys((each.name for each in fields(kind)), "")
    assert SAID not in repr(kind(**values | {member: SAID}))
