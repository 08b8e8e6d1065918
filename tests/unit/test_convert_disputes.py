"""What a dispute lacks is told at the edge, all at once."""

import pytest
from onceonly.v1 import dispute_service_pb2 as pb

from exchange.edge.convert.disputes import new_dispute
from exchange.errors import InvalidError


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (pb.Dispute(), {"dispute.case", "dispute.line.requirement"}),
        (pb.Dispute(case="cases/1"), {"dispute.line.requirement"}),
        (pb.Dispute(case="cases/1", line={"matter": "matters/x"}), {"dispute.line.requirement"}),
        (pb.Dispute(line={"requirement": "title"}, name="disputes/1"), {"dispute.case", "dispute.name"}),
    ],
)
def test_what_is_missing_and_what_is_the_hubs_is_told_together(asked: pb.Dispute, fields: set[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        new_dispute(asked)
    assert {each.field for each in caught.value.violations} == fields
    assert all(each.en and each.zh for each in caught.value.violations)
    assert new_dispute(pb.Dispute(case="cases/1", line={"requirement": "title"})).requirement == "title"
