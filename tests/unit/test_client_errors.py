"""What a client reads out of the hub's own status: the words for a clerk, and what was refused."""

import pytest
from grpc import RpcError, StatusCode
from grpc_status import rpc_status

from exchange.cli.failures import explain
from exchange.client import CallError
from exchange.edge.errors import status_of
from exchange.errors import HubError, InvalidError, RefusedError, Violation
from exchange.reasons import Reason


class AnsweredError(RpcError):
    """A failure that carries the status which the hub makes of an error."""

    def __init__(self, error: HubError) -> None:
        self._status = rpc_status.to_status(status_of(error, "request"))

    def code(self) -> StatusCode:
        return self._status.code

    def details(self) -> str:
        return str(self._status.details)

    def trailing_metadata(self) -> object:
        return self._status.trailing_metadata


def test_subjects_are_told_one_by_one() -> None:
    error = CallError(AnsweredError(RefusedError(Reason.NOT_IMPLEMENTER, subject="matters/a, matters/b,matters/c")))
    assert error.subjects == ("matters/a", "matters/b", "matters/c")


def test_bad_fields_are_told_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    bad = (Violation("a.b", "is bad", "不对"), Violation("c", "is odd", "奇怪"))
    error = CallError(AnsweredError(InvalidError(bad)))
    assert error.violations == (("a.b", "is bad"), ("c", "is odd"))
    assert error.violations_zh == (("a.b", "不对"), ("c", "奇怪"))
    explain(error)
    told = capsys.readouterr().err
    assert all(sentence in told for sentence in ("a.b: is bad 不对", "c: is odd 奇怪"))
