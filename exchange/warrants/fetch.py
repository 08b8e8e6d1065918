"""Fetching outside a case: from an evidence object to an extract, or to reasons why not.

The walk and its numbers are those of ``docs/fetch-walk.md``; steps 3 to 8 are the same code as for a case. Rules:
1. Callers never name a holder: the object fixes whose licence it is.
2. An object that does not exist and one of another department answer alike.
3. Nothing leaves before the unit is durable: access record, uses and limits in one transaction.
"""

from dataclasses import replace

from exchange.audit.entry import Outcome, key_epoch
from exchange.call import Call, Prepared
from exchange.cases.restricted import forbidden
from exchange.cases.store import CaseStore
from exchange.entities.catalogue import Purpose
from exchange.entities.licence import Holder
from exchange.errors import RefusedError
from exchange.licences.exchange_room import ExchangeRoom, Extract, Fetched
from exchange.licences.fetch import Wanted, check_names, walk_line
from exchange.licences.gathering import Line, caller_facts
from exchange.licences.lines import type_plan
from exchange.licences.receipts import receipt_number
from exchange.licences.releasing import Refused, Released
from exchange.purpose import limits as purpose_limits
from exchange.purpose.decision import POLICY, reasons_shown
from exchange.purpose.facts import Facts, RequestFacts
from exchange.warrants.room import WarrantRoom
from exchange.warrants.warrant import Asked, Warrant, unknown
from signer.receipt import Act, Receipt
from storage.records.changes import Spend


def fetch_for_purpose(call: Call, room: WarrantRoom, asked: Asked) -> Fetched:
    """Fetch a licence that an evidence object is about.

    Raises ``RefusedError`` with every reason that may be told (the record's item names all of them), ``InvalidError``
    for what is too long, and what ``Call.commit`` raises. Not checked here: authentication and the bounds of the
    request; the role that the purpose needs is part of the decision.
    """
    # 1 Caller and evidence object.
    check_names("licence_type", (asked.licence_type,), asked.fields)
    finder = room.finders.get(asked.collection)
    warrant = finder(call, asked) if finder is not None else unknown(asked)
    call.draft.purpose = warrant.purpose
    call.draft.evidence_object = warrant.name
    call.draft.policy_digest = room.exchange.policy_digest
    # 2 Facts for the decision.
    line = _line(call, room.exchange, warrant, asked.fields)
    # 3 to 8 The walk.
    outcome = walk_line(call, room.exchange, Wanted(None, "", asked.fields), line)
    if isinstance(outcome, Refused):
        raise RefusedError(*reasons_shown(outcome.reasons), subject=warrant.name)
    # 9 Commit the unit: access record, uses, limits.
    _charge(call, room.exchange, warrant)
    if warrant.alert is not None:
        call.draft.event(warrant.alert)
    prepared = call.prepare(Outcome.ALLOWED, (), outcome.presentation.digest)
    extract = _extract(call, room.exchange, warrant, outcome, prepared)
    position = call.commit(prepared)
    # 10 Return.
    return Fetched(extract, position)


def _line(call: Call, room: ExchangeRoom, warrant: Warrant, fields: tuple[str, ...]) -> Line:
    """Step 2: as ``Gathering.line``, with the object in the place of case and guide."""
    gathering = room.gathering
    epoch = key_epoch(call.now_us)
    plan = type_plan(call.register, warrant.licence_type, warrant.matter)
    holder = warrant.holder
    tag = gathering.tagger.holder(holder.id_type, holder.id_number, epoch) if holder is not None else b""
    matters, cases, requirements = call.caller.scope
    facts = Facts(
        policy=POLICY,
        purpose=warrant.purpose,
        time=call.now,
        holder=tag.hex() if tag else None,
        restricted=_restricted(call, gathering.cases, holder),
        caller=replace(caller_facts(call), required_role=warrant.role),
        request=RequestFacts(
            fresh=True,  # the pipeline refuses a request id that was used for another read
            fields=frozenset(fields),
            token_matters=matters,
            token_cases=frozenset(gathering.tagger.case(case, epoch).hex() for case in cases),
            token_requirements=requirements,
        ),
        licence_type=plan.type_facts,
        standing=purpose_limits.standing(gathering.limits, gathering.standing.operator(call), 0),
        task=warrant.task,
        letter=warrant.letter,
        dispute=warrant.dispute,
        incident=warrant.incident,
    )
    return Line(facts, plan, holder, tag, None, None, fields, "", warrant.identifier, warrant.issuer)


def _restricted(call: Call, cases: CaseStore, holder: Holder | None) -> frozenset[Purpose]:
    """Step 2: what restrictions forbid; where the object has no holder there is nobody whom one could be on."""
    return frozenset() if holder is None else forbidden(call, cases.restricted, cases.owner(holder))


def _charge(call: Call, room: ExchangeRoom, warrant: Warrant) -> None:
    """Step 9: one fetch of the operator's hour, and a use of the object if it counts them.

    People are not counted against cases, since there are none: the object itself bounds whom it lets be read.
    """
    operator = call.draft.operator_tag.hex()
    call.charge(purpose_limits.for_fetch(room.gathering.limits, operator, (), call.now))
    if warrant.counter and not call.used_before(warrant.counter):
        call.spend(Spend(warrant.counter, 1, warrant.uses), warrant.exhausted)


def _extract(call: Call, room: ExchangeRoom, warrant: Warrant, released: Released, prepared: Prepared) -> Extract:
    """Step 9: the extract and its receipt; no form is filled outside a case."""
    held, presentation = released.held, released.presentation
    receipt = Receipt(
        identifier=receipt_number(),
        hub=room.receipts.hub,
        audience=call.caller.department.uscc,
        system=call.caller.system,
        act=Act.RELEASED,
        issue_time=call.now,
        expire_time=room.receipts.expiry(call, warrant.until),
        purpose=warrant.purpose,
        matter=warrant.matter or None,
        evidence_object=warrant.name,
        fields=tuple(presentation.fields),
        sd_hash=presentation.sd_hash,
        licence=held.identifier,
        licence_version=held.version,
        commitment=prepared.commitment,
    )
    return Extract(
        requirement="",
        licence_type=warrant.licence_type,
        identifier=held.identifier,
        presentation=presentation.text,
        receipt=room.receipts.sign(receipt),
        fields=presentation.fields,
        prefill={},
        second_signature=presentation.second_signature,
    )
