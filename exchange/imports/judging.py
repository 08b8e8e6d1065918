"""What a row is: a new licence, one that is here, one that contradicts what is here, or none.

Rules:
1. Everything that is wrong with a row is told at once.
2. What the source leaves to the hub (when it was granted, a related matter) is no difference from what the hub has, and
   neither is a state that the licence had here before: the source is older than the hub.
3. A contradiction is never decided here.
"""

from typing import Final

from exchange.call import Call
from exchange.codes import text_problem
from exchange.entities.back_fill import ImportOutcome, SourceLicence
from exchange.entities.catalogue import Label, LicenceType
from exchange.entities.licence import Licence, LicenceState, RevocationCause
from exchange.errors import Violation
from exchange.imports.known import Known
from exchange.licences.fields import field_problems
from exchange.licences.holders import holder_problems
from exchange.licences.issue import MAX_NUMBER_LENGTH
from exchange.licences.mentions import mention_problems
from exchange.licences.periods import Period, default_period, period_problems
from exchange.licences.store import MAX_HELD, in_force
from signer.errors import FormatError
from signer.identifier import parse_foreign
from storage.errors import ErasedError

_NUMBER_EMPTY: Final = Label(zh="证照编号不得为空", en="must not be empty")
_ERASED: Final = Violation("licence.holders", "is about a holder whose data were erased", "持证主体的数据已被删除")


def row_problems(call: Call, licence_type: LicenceType, source: SourceLicence) -> list[Violation]:
    """Everything that is wrong with a row by itself."""
    found: list[Violation] = []
    problem = text_problem(source.number, MAX_NUMBER_LENGTH) if source.number else _NUMBER_EMPTY
    if problem is not None:
        found.append(Violation("licence.number", problem.en, problem.zh))
    found += holder_problems(licence_type, source.holders, "licence.holders")
    found += field_problems(licence_type, source.fields, "licence.fields")
    found += mention_problems(licence_type, source.holders, source.fields, "licence.fields")
    found += period_problems(period_of(source, licence_type, source.issued_time or call.now), call.now)
    if source.related_matter and source.related_matter not in call.register.matters:
        found.append(Violation("licence.related_matter", "is not a matter in force", "没有此实施编码的有效事项"))
    found += _state_problems(source, call.now)
    if source.foreign_identifier:
        try:
            parse_foreign(source.foreign_identifier)
        except FormatError:
            found.append(Violation("foreign_identifier", "is not a licence identifier", "不是证照标识"))
    return found


def outcome_of(known: Known, licence_type: LicenceType, source: SourceLicence) -> tuple[ImportOutcome, str]:
    """What a row without problems is, and the identifier of the licence that has its number."""
    there = known.numbered(source.number)
    if there is not None:
        same = _same(source, there, licence_type)
        return (ImportOutcome.UNCHANGED if same else ImportOutcome.DUPLICATE), there.identifier
    for holder in source.holders:
        name = known.name_of(holder)
        if name and name != holder.name:
            return ImportOutcome.IDENTITY_MISMATCH, ""
    return ImportOutcome.ISSUED, ""


def judged(
    known: Known, licence_type: LicenceType, source: SourceLicence
) -> tuple[ImportOutcome, str, tuple[Violation, ...]]:
    """As ``outcome_of``, and what stands against issuing it after all."""
    try:
        outcome, identifier = outcome_of(known, licence_type, source)
    except ErasedError:
        return ImportOutcome.INVALID, "", (_ERASED,)
    if outcome is not ImportOutcome.ISSUED:
        return outcome, identifier, ()
    too_many = full(known, source)
    return (ImportOutcome.INVALID if too_many else outcome), "", too_many


def full(known: Known, source: SourceLicence) -> tuple[Violation, ...]:
    """Which holders have as many licences of the type as anybody may."""
    return tuple(
        Violation(f"licence.holders[{place}]", f"has {MAX_HELD} licences of this type", f"已持有{MAX_HELD}个该类型证照")
        for place, holder in enumerate(source.holders)
        if in_force(known.holding(holder)) >= MAX_HELD
    )


def period_of(source: SourceLicence, licence_type: LicenceType, issued: int) -> Period:
    """The times of a row, completed; ``issued`` is when it was granted if the source does not say."""
    return default_period(source.issued_time, source.valid_from_time, source.valid_until_time, licence_type, issued)


def _same(source: SourceLicence, there: Licence, licence_type: LicenceType) -> bool:
    period = period_of(source, licence_type, there.issued_time)
    times = (there.issued_time, there.valid_from_time, there.valid_until_time)
    return (
        same_content(source, there)
        and times == (period.issued_time, period.valid_from_time, period.valid_until_time)
        and source.related_matter in {"", there.related_matter}
        and not is_news(source, there)
    )


def is_news(source: SourceLicence, there: Licence) -> bool:
    """Whether the source says of a licence a state that it never had here."""
    return all((event.state, event.cause) != (source.state, source.cause) for event in there.history)


def same_content(source: SourceLicence, there: Licence) -> bool:
    """Whether a licence has the holders and fields of the source."""
    return source.holders == there.holders and dict(source.fields) == dict(there.fields)


def _state_problems(source: SourceLicence, now: int) -> list[Violation]:
    found: list[Violation] = []
    if source.state is LicenceState.SUPERSEDED:
        found.append(Violation("state", "must not be superseded", "不得为已被取代"))
    if (source.state is LicenceState.REVOKED) != (source.cause is not RevocationCause.NONE):
        found.append(Violation("cause", "goes with revoked, and revoked needs it", "撤销状态须有原因，其他状态不得有"))
    if source.state is LicenceState.ACTIVE:
        if source.state_time:
            found.append(Violation("state_time", "is for states other than active", "有效状态不得填写"))
    elif not 0 < source.state_time <= now:
        found.append(Violation("state_time", "must be given and not lie in the future", "须填写且不得晚于当前时间"))
    return found
