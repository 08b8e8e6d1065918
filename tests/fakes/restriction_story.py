"""A restriction on a real hub: two supervisors place it, a counter meets it, its holder sees it when it may be seen."""

import time
from typing import Any

from onceonly.v1 import assistance_service_pb2 as assistance
from onceonly.v1 import catalogue_pb2
from onceonly.v1 import consent_service_pb2 as consents
from onceonly.v1 import exchange_service_pb2 as exchange
from onceonly.v1 import restriction_service_pb2 as pb

from exchange.client import HubClient, new_request_id
from exchange.demo import desks
from exchange.synthetic import Person
from tests.fakes.missing_story import HEALTH
from tests.fakes.town import LINE, MARKET, POLICE, Town, refused

FORBIDDEN = catalogue_pb2.PURPOSE_SERVICE


def restrict_a_holder(town: Town) -> None:
    """Forbid what a counter does, and conceal what an investigation does, until each is lifted."""
    organisation = town.organisation()
    person = town.head(organisation)
    card = town.issue_card(person)
    counter = town.hub(MARKET, "clerk-2")
    case = town.open_case(organisation, counter)
    forbidding = _placed(town, _asked(town, person, forbids=[FORBIDDEN]))
    fetch = exchange.FetchLicenceRequest(case=case, requirement=LINE, request_id=new_request_id())
    assert refused(counter.call, counter.exchange.FetchLicence, fetch).reasons == ("PROHIBITED",)
    hiding = _asked(town, person)
    hiding.conceal_until.seconds = int(time.time()) + 1800
    concealing = _placed(town, hiding)
    letter = _read_by_letter(town, person)
    with town.city.holder(town.synthetic.holder(person)) as holder:
        (shown,) = _on_me(holder)
        assert (shown.name, list(shown.forbids), shown.reason) == (forbidding.name, [FORBIDDEN], "")
        assert not shown.HasField("holder")
        recorded = [record.entry for record in town.entries(purpose="assistance")]
        assert "onceonly.v1.ExchangeService/FetchForPurpose" in {
            entry.method for entry in recorded if entry.evidence_object == letter
        }  # auditors see it while the holder does not
        assert "assistance" not in _purposes(holder)
        _lift(town, forbidding)
        _lift(town, concealing)
        assert "assistance" in _purposes(holder)
        assert [each.name for each in _on_me(holder)] == [forbidding.name, concealing.name]
    assert desks.fetch(counter, case, LINE).extract.licence == card.name
    _check_what_is_told(town, forbidding)


def _asked(town: Town, person: Person, **members: Any) -> pb.Restriction:
    asked = pb.Restriction(
        holder=desks.holder_message(town.synthetic.holder(person)),
        legal_reference="《示例条例》第十条",
        reason="涉嫌冒用身份",
        **members,
    )
    asked.until_time.seconds = int(time.time()) + 3600
    return asked


def _placed(town: Town, asked: pb.Restriction) -> pb.Restriction:
    """Proposed by one supervisor, put in force by another."""
    hub, second = town.hub(HEALTH, "supervisor-1"), town.hub(HEALTH, "supervisor-2")
    propose = pb.ProposeRestrictionRequest(restriction=asked, request_id=new_request_id())
    proposed = hub.call(hub.restrictions.ProposeRestriction, propose).restriction
    assert proposed.state == pb.RESTRICTION_STATE_PROPOSED
    assert "*" in proposed.holder.id_number
    assert hub.call(hub.restrictions.ProposeRestriction, propose).restriction == proposed  # a double click
    approve = pb.ApproveRestrictionRequest(name=proposed.name, request_id=new_request_id())
    assert refused(hub.call, hub.restrictions.ApproveRestriction, approve).reasons == ("SECOND_PERSON_NEEDED",)
    approve.request_id = new_request_id()
    placed = second.call(second.restrictions.ApproveRestriction, approve).restriction
    assert placed.state == pb.RESTRICTION_STATE_IN_FORCE
    return placed


def _lift(town: Town, restriction: pb.Restriction) -> None:
    hub = town.hub(HEALTH, "supervisor-1")
    lift = pb.LiftRestrictionRequest(name=restriction.name, request_id=new_request_id())
    assert hub.call(hub.restrictions.LiftRestriction, lift).restriction.state == pb.RESTRICTION_STATE_LIFTED


def _read_by_letter(town: Town, person: Person) -> str:
    """The market department asks the police for a name, and reads it; the letter's name."""
    hub, police = town.hub(MARKET, "clerk-1"), town.hub(POLICE, "issuer-1")
    letter = assistance.Letter(
        issuer=town.city.department(POLICE).uscc,
        holder=desks.holder_message(town.synthetic.holder(person)),
        legal_reference="《示例条例》第九条",
        note="核查",
        max_uses=1,
    )
    letter.types.add(licence_type=town.city.licence_type("identity-card").code, fields=["name"])
    letter.until_time.seconds = int(time.time()) + 3600
    request = assistance.RequestLetterRequest(letter=letter, request_id=new_request_id())
    name = hub.call(hub.assistance.RequestLetter, request).letter.name
    approve = assistance.ApproveLetterRequest(name=name, request_id=new_request_id())
    police.call(police.assistance.ApproveLetter, approve)
    fetch = exchange.FetchForPurposeRequest(evidence_object=name, request_id=new_request_id())
    assert list(hub.call(hub.exchange.FetchForPurpose, fetch).extract.fields) == ["name"]
    return str(name)


def _check_what_is_told(town: Town, restriction: pb.Restriction) -> None:
    """The department reads and lists what it placed; another's does not exist; what the hub sets is refused."""
    hub = town.hub(HEALTH, "supervisor-2")
    read = pb.GetRestrictionRequest(name=restriction.name)
    got = hub.call(hub.restrictions.GetRestriction, read).restriction
    assert (got.reason, got.state) == ("涉嫌冒用身份", pb.RESTRICTION_STATE_LIFTED)
    listed = hub.call(hub.restrictions.ListRestrictions, pb.ListRestrictionsRequest(page_size=200)).restrictions
    assert restriction.name in {each.name for each in listed}
    assert not any(each.HasField("holder") or each.reason for each in listed)
    other = town.hub("province-market", "supervisor-1")
    assert refused(other.call, other.restrictions.GetRestriction, read).reasons == ("RESTRICTION_NOT_FOUND",)
    again = pb.ProposeRestrictionRequest(restriction=got, request_id=new_request_id())
    told = refused(hub.call, hub.restrictions.ProposeRestriction, again)
    assert {"restriction.name", "restriction.state"} <= {field for field, _ in told.violations}
    got.Clear()
    got.forbids.append(catalogue_pb2.PURPOSE_OVERSIGHT)
    wrong = pb.ProposeRestrictionRequest(restriction=got, request_id=new_request_id())
    told = refused(hub.call, hub.restrictions.ProposeRestriction, wrong)
    assert {"restriction.forbids", "restriction.until_time"} <= {field for field, _ in told.violations}


def _on_me(holder: HubClient) -> list[pb.Restriction]:
    listed = holder.call(holder.consents.ListRestrictionsOnMe, consents.ListRestrictionsOnMeRequest())
    return list(listed.restrictions)


def _purposes(holder: HubClient) -> set[str]:
    mine = holder.call(holder.consents.ListAccessesToMyData, consents.ListAccessesToMyDataRequest(page_size=200))
    return {each.purpose for each in mine.accesses}
