"""What a caller may say of an inspection task: more of one about a case than of one about a licence."""

import pytest
from onceonly.v1 import supervision_service_pb2 as pb

from exchange.edge.convert.supervision import new_task
from exchange.errors import InvalidError

LICENCE = "licenceTypes/T/licences/1"


def test_the_type_and_the_party_are_said_of_a_case() -> None:
    asked = pb.InspectionTask(subject="cases/1", licence_type="T", party="seller", fields=["b", "a", "b"], max_uses=2)
    assert (new_task(asked).fields, new_task(asked).max_uses) == (("b", "a"), 2)


@pytest.mark.parametrize("said", [{"licence_type": "T"}, {"party": "seller"}, {"matter": "M"}, {"name": "x"}])
def test_of_a_licence_the_hub_knows_them(said: dict[str, str]) -> None:
    with pytest.raises(InvalidError) as caught:
        new_task(pb.InspectionTask(subject=LICENCE, **said))
    assert [each.field for each in caught.value.violations] == [f"task.{name}" for name in said]
