"""A city in which people and organisations are acted for: its guides, its papers, and what is asked of it."""

from dataclasses import replace
from datetime import date

import pytest

from exchange.cases.representing import end_representation, record_representation, revoke_representation
from exchange.cases.room import case_etag
from exchange.codes import citizen_id, licence_type_code, matter_code, uscc
from exchange.entities.case import CaseParty, Representation, RepresentationKind
from exchange.entities.catalogue import HolderCategory, Level, Party
from exchange.entities.licence import Holder
from exchange.errors import RefusedError
from exchange.licences.evidence_check import check_evidence
from exchange.licences.fetch import fetch_evidence
from exchange.licences.issue import NewLicence, issue_licence
from exchange.licences.lifecycle import Amendment, amend_licence
from tests.fakes.licence_world import (
    IDENTITY,
    MARKET,
    NATION,
    POLICE,
    field,
    label,
    licence_type,
    line,
    matter,
)

DAY = 86_400
BUSINESS = licence_type_code(NATION, 11)
BIRTH = licence_type_code(NATION, 12)
SHOP = matter_code(MARKET, Level.CITY, "990101000011")
SALE = matter_code(MARKET, Level.CITY, "990101000012")
COMPANY = Holder("001", uscc("91990100MA0000011"), "测试餐饮有限公司")
PAPER = "ab" * 32
Kind = RepresentationKind

TYPES = (
    licence_type(
        BUSINESS,
        field("unified_code", required=True),
        field("legal_representative", required=True),
        field("legal_representative_id", required=True),
        issuers=(MARKET,),
        holder_category=HolderCategory.ORGANISATION,
    ),
    licence_type(
        BIRTH,
        field("newborn_name", required=True),
        field("birth_date", required=True),
        field("mother_id", required=True),
        field("father_id"),
        issuers=(POLICE,),
        co_holders=True,
    ),
    matter(
        SHOP,
        line("licence", BUSINESS, "unified_code"),
        line("seat", BUSINESS, "legal_representative"),
        applicant=HolderCategory.EITHER,
        parties=(
            Party("applicant", label("applicant"), HolderCategory.EITHER, required=True),
            Party("seller", label("seller"), HolderCategory.PERSON, required=False),
        ),
    ),
    matter(
        SALE,
        line("card", IDENTITY, "name", max_uses=9),
        line("seller_card", IDENTITY, "name", party="seller", max_uses=9),
        parties=(
            Party("applicant", label("applicant"), HolderCategory.PERSON, required=True),
            Party("seller", label("seller"), HolderCategory.PERSON, required=True),
        ),
    ),
)


def person(name, born=date(1990, 1, 1), number=500):
    return Holder("111", citizen_id("990100", born, number), name)


HEAD, NEXT_HEAD, HANDLER = person("李一", number=501), person("王二", number=502), person("赵三", number=503)


def register(world, head=HEAD):
    """The business licence of the company, in force."""
    fields = {
        "unified_code": COMPANY.id_number,
        "legal_representative": head.name,
        "legal_representative_id": head.id_number,
    }
    new = NewLicence("B-1", (COMPANY,), fields, 0, 0, 0, "")
    return world.as_issuer(MARKET, issue_licence, BUSINESS, new, validate_only=False).view


def office(world, agent=HEAD, **changes):
    return replace(
        Representation("applicant", agent, frozenset(), 0, 0, Kind.LEGAL_REPRESENTATIVE),
        **changes,
    )


def sent(world, agent=HANDLER, by=HEAD, **changes):
    until = world.hub.clock.seconds + 10 * DAY
    return replace(
        Representation("applicant", agent, frozenset(), 0, until, Kind.HANDLER, by, PAPER),
        **changes,
    )


def agent(world, party, person, **changes):
    until = world.hub.clock.seconds + DAY
    return replace(Representation(party, person, frozenset(), 0, until), **changes)


def open_shop(world, given=None, applicant=COMPANY):
    acting = () if given is None else (given,)
    return world.open_case(applicant, matters=(SHOP,), representations=acting)


def reasons(world, use_case, *args):
    with pytest.raises(RefusedError) as refused:
        world.as_clerk(use_case, *args)
    return set(refused.value.reasons)


def fetch_reasons(world, case):
    with pytest.raises(RefusedError) as refused:
        world.fetch(case, "licence")
    return set(refused.value.reasons)


def check_reasons(world, case):
    checks = world.as_clerk(check_evidence, world.exchange_room, case)
    return {reason for check in checks for reason in check.reasons}


def record(world, case, given, etag=None):
    version = world.case_room.store.cases.fresh(case).version
    return world.as_clerk(record_representation, world.case_room, case, etag or case_etag(case, version), given)


def revoke(world, case, party="applicant"):
    version = world.case_room.store.cases.fresh(case).version
    return world.as_clerk(revoke_representation, world.case_room, case, case_etag(case, version), party)


def end(world, case, party="applicant"):
    version = world.case_room.store.cases.fresh(case).version
    return world.as_clerk(end_representation, world.case_room, case, case_etag(case, version), party)


def amend(world, view, head):
    """The company's next legal representative is registered."""
    fields = {"legal_representative": head.name, "legal_representative_id": head.id_number}
    name = view.licence.identifier
    world.as_issuer(
        MARKET, amend_licence, BUSINESS, name, view.etag, Amendment(fields, None), reason="new head", legal_reference=""
    )


def born(world, ward_birthday, *parents, name="周小小"):
    fields = {"newborn_name": name, "birth_date": ward_birthday.isoformat(), "mother_id": parents[0].id_number}
    new = NewLicence("N-1", parents, fields, 0, 0, 0, "")
    return world.as_issuer(POLICE, issue_licence, BIRTH, new, validate_only=False)


def guardian(agent, **changes):
    return replace(Representation("applicant", agent, frozenset(), 0, 0, Kind.GUARDIAN), **changes)


def two_parties(world, *given):
    """A case of two people, each with a card, in which these act."""
    one, other = world.person(), world.person()
    world.issue(one)
    world.issue(other)
    parties = (CaseParty("applicant", one), CaseParty("seller", other))
    return world.open_case(one, matters=(SALE,), parties=parties, representations=given)


def read(world, case):
    """What became of each line of the two parties: its reasons, none where it is read."""
    results = world.as_clerk(fetch_evidence, world.exchange_room, case, ()).results
    return {each.requirement: getattr(each, "reasons", ()) for each in results}
