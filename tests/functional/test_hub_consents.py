"""Codes and consents through a real hub: a holder by the channel, a clerk at the counter, tokens of their own."""

from dataclasses import replace

import pytest
from onceonly.v1 import audit_service_pb2, case_service_pb2
from onceonly.v1 import consent_service_pb2 as pb

from exchange.client import CallError, new_request_id
from exchange.demo import desks
from tests.fakes.town import MARKET, Town, until


def test_a_code_from_the_phone_to_the_counter_and_back(town: Town) -> None:
    company = town.organisation()
    case = town.open_case(company)
    clerk = town.hub()
    with town.city.holder(town.synthetic.holder(company)) as holder:
        shown = desks.show_code(holder, case)
        assert shown.qr_text.startswith("onceonly-code:")
        assert len(shown.digits) == 8
        redeemed = desks.redeem(clerk, case, shown.digits)
        assert redeemed.department.zh == town.city.department(MARKET).name.zh
        done = redeemed if redeemed.consents or not redeemed.lines else desks.confirm(holder, redeemed.name)
        assert done.state == pb.PRESENTATION_STATE_CONFIRMED
        seen = clerk.call(clerk.cases.GetCase, case_service_pb2.GetCaseRequest(name=case)).case
        assert seen.assurance == case_service_pb2.CASE_ASSURANCE_C2
        own = holder.call(holder.consents.ListConsents, pb.ListConsentsRequest()).consents
        assert [consent.name for consent in own] == list(done.consents)
        listing = pb.ListAccessesToMyDataRequest()
        looks = until(
            lambda: [
                each
                for each in holder.call(holder.consents.ListAccessesToMyData, listing).accesses
                if each.method.endswith("RedeemPresentationCode")
            ],
            "the counter's call is indexed",
        )
        assert looks[0].department == town.city.department(MARKET).uscc


def test_a_double_click_makes_one_code_and_another_holder_has_ids_of_their_own(town: Town) -> None:
    request = pb.CreatePresentationCodeRequest(request_id=new_request_id())
    codes = []
    for company in (town.organisation(), town.organisation()):
        with town.city.holder(town.synthetic.holder(company)) as holder:
            first = holder.call(holder.consents.CreatePresentationCode, request)
            assert holder.call(holder.consents.CreatePresentationCode, request) == first
            codes.append(first.qr_text)
    assert codes[0] != codes[1]


def test_each_token_at_its_own_methods(town: Town) -> None:
    clerk = town.hub()
    with pytest.raises(CallError) as refused:
        desks.show_code(clerk)
    assert refused.value.reason == "ROLE_MISSING"
    with town.city.holder(town.synthetic.holder(town.organisation())) as holder:
        for method, request in (
            (holder.cases.ListCases, case_service_pb2.ListCasesRequest()),
            (holder.consents.RedeemPresentationCode, pb.RedeemPresentationCodeRequest(request_id=new_request_id())),
            (holder.audit.GetReceipt, audit_service_pb2.GetReceiptRequest()),
        ):
            with pytest.raises(CallError) as refused:
                holder.call(method, request)
            assert refused.value.reason == "ROLE_MISSING"


def test_a_department_that_is_no_channel_speaks_for_nobody(town: Town) -> None:
    profile = town.city.profile(MARKET)
    holder = town.synthetic.holder(town.organisation())
    own = replace(profile.identity, operator="", holder=(holder.id_type, holder.id_number), login_time=1)
    with replace(profile, identity=own).connect() as hub, pytest.raises(CallError) as refused:
        desks.show_code(hub)
    assert refused.value.reason == "TOKEN_INVALID"
