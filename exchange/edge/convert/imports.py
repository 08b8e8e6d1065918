"""Imports: rows, results and issues."""

from onceonly.v1 import issuance_service_pb2 as pb
from onceonly.v1 import licence_pb2

from exchange.edge.convert.licences import cause_name, new_licence, revocation_cause
from exchange.edge.convert.values import enum_member, enum_value, holder_message, put_field_values, timestamp
from exchange.edge.validation import check_message
from exchange.entities.back_fill import Import, ImportDecision, ImportIssue, ImportOutcome, SourceLicence
from exchange.entities.catalogue import EntityKind
from exchange.entities.licence import LicenceState, Provenance
from exchange.errors import InvalidError, Violation
from exchange.imports.room import RowResult, SourceRow
from exchange.imports.unreadable import CAUSES

_MAX_VIOLATIONS = 20
"""What a reader may say of a row that it could not read."""


def provenance_of(value: int) -> Provenance:
    """Where an import's rows come from; ISSUED_HERE, which no import is, for UNSPECIFIED."""
    name = pb.ImportProvenance.Name(value).removeprefix("IMPORT_PROVENANCE_")
    return Provenance.__members__.get(name, Provenance.ISSUED_HERE)


def decision_of(value: int) -> ImportDecision:
    """The decision; raises ``InvalidError`` for UNSPECIFIED."""
    found = enum_member(ImportDecision, pb.ImportDecision.Name(value))
    if found is None:
        raise InvalidError((Violation("decision", "must be given", "须填写处理决定"),))
    return found


def source_row(message: pb.ImportRow) -> SourceRow:
    """One row, with everything that is malformed in it as its problems; raises nothing for any row."""
    digest = message.source_digest
    if message.unreadable or not message.HasField("licence"):
        code = message.unreadable if message.unreadable in CAUSES else "missing"
        return SourceRow(message.row, digest, None, code)
    try:
        check_message(message)
        new = new_licence(message.licence)
        state = enum_member(LicenceState, licence_pb2.LicenceState.Name(message.state)) or LicenceState.ACTIVE
        source = SourceLicence(
            new.number,
            new.holders,
            new.fields,
            new.issued_time,
            new.valid_from_time,
            new.valid_until_time,
            new.related_matter,
            message.foreign_identifier,
            state,
            revocation_cause(message.cause),
            message.state_time.seconds,
        )
    except InvalidError as error:
        return SourceRow(message.row, digest, None, problems=error.violations[:_MAX_VIOLATIONS])
    return SourceRow(message.row, digest, source)


def result_message(result: RowResult) -> pb.ImportRowResult:
    return pb.ImportRowResult(
        row=result.row,
        outcome=enum_value(ImportOutcome, result.outcome),
        identifier=result.identifier,
        violations=[
            pb.ImportViolation(field=one.field, en=one.en, zh=one.zh) for one in result.violations[:_MAX_VIOLATIONS]
        ],
        quality=result.quality,
    )


def import_message(found: Import) -> pb.Import:
    return pb.Import(
        import_id=found.import_id,
        parent=f"{EntityKind.LICENCE_TYPE}/{found.type_code}",
        provenance=f"IMPORT_PROVENANCE_{found.provenance.name}",
        operator=found.operator,
        open_time=timestamp(found.open_time),
        finish_time=timestamp(found.finish_time),
        last_row=found.last_row,
        totals=dict(found.totals),
        digest=found.digest,
        report=found.report,
    )


def issue_message(issue: ImportIssue) -> pb.ImportIssue:
    source = issue.source
    licence = licence_pb2.Licence(
        number=source.number,
        issued_time=timestamp(source.issued_time),
        valid_from_time=timestamp(source.valid_from_time),
        valid_until_time=timestamp(source.valid_until_time),
        state=enum_value(LicenceState, source.state),
        cause=cause_name(source.cause),
        related_matter=source.related_matter,
    )
    licence.holders.extend(holder_message(one) for one in source.holders)
    put_field_values(licence.fields, source.fields)
    return pb.ImportIssue(
        row=issue.row,
        outcome=enum_value(ImportOutcome, issue.outcome),
        licence=licence,
        identifier=issue.identifier,
        settled=issue.settled,
        settled_by=issue.settled_by,
    )
