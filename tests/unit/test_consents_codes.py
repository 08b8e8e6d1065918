"""Presentation codes: one winner, nobody else's, gone after a minute; consents by them, and taken back."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.call import Call
from exchange.cases.room import find_case
from exchange.clocks.due import Due, due_page, taken
from exchange.consents.accesses import list_accesses_to_my_data
from exchange.consents.codes import CODE_SECONDS, CONFIRM_SECONDS, KEPT_SECONDS, MAX_TRIES
from exchange.consents.given import (
    export_consent_record,
    get_consent_notice,
    list_case_consents,
    list_own_consents,
    revoke_own_consent,
)
from exchange.consents.notice import EN, ZH
from exchange.consents.presentation import PresentationState, decode_presentation, encode
from exchange.consents.presenting import (
    confirm_consent,
    create_presentation_code,
    get_presentation,
    redeem_presentation_code,
)
from exchange.consents.room import LOGIN_SECONDS
from exchange.consents.sweeping import sweep_code
from exchange.due_work import due_handlers
from exchange.entities.case import CaseParty, Consent
from exchange.entities.catalogue import CaseAssurance, EvidenceRequirement, FieldClass, Matter
from exchange.entities.event import EventType
from exchange.entities.licence import Holder
from exchange.entities.page import Page
from exchange.errors import HubError, InvalidError, NotFoundError, RefusedError, StaleError
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.reasons import Reason
from signer import base64url
from signer.keys.files import FileKeyBackend
from tests.fakes.consent_world import OTHER_CHANNEL, Counter, open_counter
from tests.fakes.licence_world import CITY, DEED, FOOD, IDENTITY, LAND, MARKET, open_keys

FOOD_GUIDE = CITY[-1]
assert isinstance(FOOD_GUIDE, Matter)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def counter(tmp_path: Path, keys: FileKeyBackend) -> Iterator[Counter]:
    with open_counter(tmp_path, keys=keys) as opened:
        yield opened


@pytest.fixture
def zhang(counter: Counter) -> Holder:
    return counter.world.person()


@pytest.fixture
def case(counter: Counter, zhang: Holder) -> str:
    return counter.world.open_case(zhang)


def create(counter: Counter, holder: Holder, case: str = "", *types: str, language: str = "") -> Any:
    return counter.as_holder(holder, create_presentation_code, case, types, language)


def redeem(counter: Counter, case: str, code: str) -> Any:
    return counter.as_clerk(redeem_presentation_code, case, code)


def refusal(use_case: Any, *args: Any) -> Reason:
    with pytest.raises(HubError) as caught:
        use_case(*args)
    (reason,) = caught.value.reasons
    return reason


def events(counter: Counter) -> list[str]:
    return [event.type for record in counter.world.records() for event in record.events]


def test_a_code_without_personal_fields_makes_the_consent_at_once(counter: Counter, zhang: Holder, case: str) -> None:
    counter.publish_deed(FieldClass.INTERNAL)
    counter.world.issue_deed(zhang)
    view = redeem(counter, case, create(counter, zhang).text)
    assert view.state is PresentationState.CONFIRMED
    assert [line.requirement.id for line in view.lines] == ["deed"]
    assert counter.world.fetch(case, "deed").extract.fields
    assert events(counter)[-2:] == [EventType.CONSENT_GIVEN, EventType.PRESENTATION_REDEEMED]


def test_personal_fields_wait_for_the_holder(counter: Counter, zhang: Holder, case: str) -> None:
    counter.world.issue_deed(zhang)
    view = redeem(counter, case, create(counter, zhang, language=EN).text)
    assert (view.state, view.presentation.consents) == (PresentationState.REDEEMED, ())
    assert refusal(counter.world.fetch, case, "deed") is Reason.CONSENT_MISSING
    seen = counter.as_holder(zhang, get_presentation, view.presentation.id)
    wrong = seen.notice.digest(ZH)  # the holder saw the English one
    with pytest.raises(InvalidError):
        counter.as_holder(zhang, confirm_consent, view.presentation.id, wrong)
    done = counter.as_holder(zhang, confirm_consent, view.presentation.id, seen.notice.digest(EN))
    assert done.state is PresentationState.CONFIRMED
    (given,) = counter.as_clerk(list_case_consents, case).items
    assert (given.language, given.statement_digest) == (EN, seen.notice.digest(EN))
    assert counter.world.fetch(case, "deed").extract.fields
    notice, _ = counter.as_clerk(get_consent_notice, case, "applicant", ())
    assert notice == seen.notice


def test_the_applicants_code_proves_presence_and_another_partys_does_not(counter: Counter, zhang: Holder) -> None:
    seller = counter.world.person("李四")
    case = counter.world.open_case(zhang, parties=(CaseParty("applicant", zhang), CaseParty("seller", seller)))

    def assurance() -> CaseAssurance:
        return counter.world.as_clerk(find_case, counter.world.case_room, case).case.assurance

    redeem(counter, case, create(counter, seller).text)
    assert assurance() is not CaseAssurance.C2
    redeem(counter, case, create(counter, zhang).text)
    assert assurance() is CaseAssurance.C2


def test_a_code_ends_after_a_minute_and_a_confirmation_after_five(counter: Counter, zhang: Holder, case: str) -> None:
    first, second = create(counter, zhang), create(counter, zhang)
    view = redeem(counter, case, second.text)
    counter.world.hub.clock.advance(CODE_SECONDS)
    assert refusal(redeem, counter, case, first.text) is Reason.CODE_INVALID
    assert redeem(counter, case, second.text).state is PresentationState.REDEEMED
    counter.world.hub.clock.advance(CONFIRM_SECONDS - CODE_SECONDS)
    digest = view.notice.digest(ZH)
    assert refusal(counter.as_holder, zhang, confirm_consent, view.presentation.id, digest) is Reason.CODE_INVALID


def test_a_code_photographed_and_shown_elsewhere(counter: Counter, zhang: Holder, case: str) -> None:
    """Another department, another operator, another case; and a case that the holder has nothing to do with."""
    code = create(counter, zhang).text
    stranger = counter.world.open_case(counter.world.person("王五"))
    assert refusal(redeem, counter, stranger, code) is Reason.CODE_INVALID
    redeem(counter, case, code)
    other = counter.world.open_case(zhang)
    assert refusal(redeem, counter, other, code) is Reason.CODE_AUDIENCE
    hub = counter.world.hub
    elsewhere = hub.caller(LAND, "issuer")
    assert refusal(hub.run, elsewhere, redeem_presentation_code, counter.room, case, code) is Reason.CASE_NOT_YOURS
    colleague = replace(hub.caller(MARKET, "clerk"), operator=hub.register.operators[MARKET, "issuer"])
    assert refusal(hub.run, colleague, redeem_presentation_code, counter.room, case, code) is Reason.CODE_AUDIENCE
    bound = create(counter, zhang, case).text
    assert refusal(redeem, counter, other, bound) is Reason.CODE_AUDIENCE


def test_a_code_that_has_ended_is_invalid_whoever_asks(counter: Counter, zhang: Holder, case: str) -> None:
    """Once it is of no use nobody is told that it was somebody else's."""
    counter.publish_deed(FieldClass.INTERNAL)
    other = counter.world.open_case(zhang)
    used, bound = create(counter, zhang).text, create(counter, zhang, case).text
    assert redeem(counter, case, used).state is PresentationState.CONFIRMED
    assert refusal(redeem, counter, other, used) is Reason.CODE_AUDIENCE
    assert refusal(redeem, counter, other, bound) is Reason.CODE_AUDIENCE
    counter.world.hub.clock.advance(CODE_SECONDS)
    assert refusal(redeem, counter, other, bound) is Reason.CODE_INVALID
    counter.world.hub.clock.advance(CONFIRM_SECONDS - CODE_SECONDS)
    assert refusal(redeem, counter, other, used) is Reason.CODE_INVALID
    assert redeem(counter, case, used).state is PresentationState.CONFIRMED  # whose it is, sees it still


def test_a_holder_makes_so_many_codes_in_a_minute_and_an_hour(counter: Counter, zhang: Holder, case: str) -> None:
    limits = replace(counter.room.cases.limits, codes_per_minute=2, codes_per_hour=5)
    counter.room = replace(counter.room, cases=replace(counter.room.cases, limits=limits))
    for made in (2, 2, 1):
        for _ in range(made):
            create(counter, zhang)
        assert refusal(create, counter, zhang) is Reason.RATE_LIMITED
        assert create(counter, counter.world.person("李四")).text  # others have numbers of their own
        counter.world.hub.clock.advance(CODE_SECONDS)
    assert refusal(create, counter, zhang) is Reason.RATE_LIMITED
    counter.world.hub.clock.advance(3_600)
    assert create(counter, zhang).text


def sweep(counter: Counter) -> None:
    """Do what is due, as the task does that leads."""
    hub = counter.world.hub
    handlers = due_handlers(counter.world.case_room, hub.records, hub.vault)
    for due in due_page(hub.records, hub.clock.seconds, after="").dues:

        def handle(call: Call, due: Due = due) -> None:
            call.change(taken(due))
            handlers[due.kind](call, due.subject, due)

        hub.run(hub.caller(MARKET, None), handle)


def test_codes_that_nobody_redeemed_are_swept_and_redeemed_ones_stay(
    counter: Counter, zhang: Holder, case: str
) -> None:
    records = counter.world.hub.records
    due = {record.key for record in records.scan("due")}
    erased = counter.world.person("王五")
    used, unused, gone = create(counter, zhang), create(counter, zhang, case), create(counter, erased)
    redeem(counter, case, used.text)
    counter.world.hub.write(counter.world.hub.vault.destroy(counter.room.owner(erased)))
    counter.world.hub.clock.advance(CODE_SECONDS + KEPT_SECONDS - 1)
    sweep(counter)
    assert counter.as_holder(zhang, get_presentation, unused.view.presentation.id).state is PresentationState.EXPIRED
    counter.world.hub.clock.advance(1)
    sweep(counter)
    assert [record.key for record in records.scan("presentation")] == [used.view.presentation.id]
    assert [record.body.decode() for record in records.scan("presentation_code")] == [used.view.presentation.id]
    assert {record.key for record in records.scan("due")} == due
    assert refusal(redeem, counter, case, unused.text) is Reason.CODE_INVALID
    unknown = counter.as_holder, zhang, get_presentation, unused.view.presentation.id
    assert refusal(*unknown) is Reason.EVIDENCE_OBJECT_UNKNOWN
    swept = {entry.resource for entry in counter.world.records()} - {""}
    assert swept == {f"presentations/{each.view.presentation.id}" for each in (unused, gone)}


def test_a_code_is_redeemed_or_swept_and_never_both(counter: Counter, zhang: Holder, case: str) -> None:
    """A machine whose clock is ahead takes the code away while a counter redeems it."""
    new = create(counter, zhang)
    presentation = new.view.presentation
    hub = counter.world.hub
    call = hub.call(hub.caller(MARKET, None))
    sweep_code(call, hub.records, presentation.sweep.subject)
    redeem(counter, case, new.text)
    with pytest.raises(StaleError):
        hub.commit(call)
    assert counter.as_holder(zhang, get_presentation, presentation.id).state is PresentationState.REDEEMED


def test_a_code_that_was_made_before_codes_were_swept_is_redeemed(counter: Counter, zhang: Holder, case: str) -> None:
    new = create(counter, zhang)
    content = json.loads(encode(new.view.presentation))
    del content["code"]
    before = decode_presentation(json.dumps(content).encode())
    assert before == replace(new.view.presentation, code="")
    key = counter.world.hub.vault.data_key(counter.room.owner(zhang))
    counter.world.hub.write(counter.room.store.write(before, key, 1))
    assert redeem(counter, case, new.text).state is PresentationState.REDEEMED


def test_three_wrong_tries_end_the_digits_of_a_case(counter: Counter, zhang: Holder, case: str) -> None:
    right = create(counter, zhang, case).digits
    wrong = [f"{(int(right) + step) % 10**8:08d}" for step in range(1, 5)]
    assert refusal(redeem, counter, case, wrong[0]) is Reason.CODE_INVALID
    for _ in range(5):  # the same wrong digits again tell nothing new
        assert refusal(redeem, counter, case, wrong[0]) is Reason.CODE_INVALID
    assert refusal(redeem, counter, case, wrong[1]) is Reason.CODE_INVALID
    assert redeem(counter, case, right).presentation.redeemed_case == case
    assert refusal(redeem, counter, case, wrong[2]) is Reason.CODE_INVALID
    assert len(counter.room.store.fallbacks.fresh(case).value.tries) == MAX_TRIES  # type: ignore[union-attr]
    assert refusal(redeem, counter, case, right) is Reason.CODE_INVALID
    assert create(counter, zhang, case).digits == ""
    assert [record.reasons[0] for record in counter.world.records() if record.reasons] == ["CODE_INVALID"] * 9
    other = counter.world.open_case(zhang)
    assert refusal(redeem, counter, other, create(counter, zhang, other).digits[::-1] + "x")


def test_wrong_digits_lock_an_operator_out_as_other_refusals_do(counter: Counter, zhang: Holder) -> None:
    case = counter.world.open_case(zhang)
    for _ in range(10):
        assert refusal(redeem, counter, counter.world.open_case(zhang), "00000000") is Reason.CODE_INVALID
    assert refusal(counter.world.fetch, case) is Reason.LOCKED_OUT


def test_records_hold_no_code(counter: Counter, zhang: Holder, case: str) -> None:
    new = create(counter, zhang, case)
    for kind in ("presentation", "presentation_code", "presentation_fallback"):
        for record in counter.world.hub.records.scan(kind):
            raw = record.key.encode() + record.body
            assert new.digits.encode() not in raw
            assert new.text.removeprefix("onceonly-code:").encode() not in raw
            assert base64url.decode(new.text.removeprefix("onceonly-code:")) not in raw


def race(counter: Counter, code: str, cases: list[str]) -> list[str]:
    """Every case's counter redeems the code at once, each through a process of its own; who got it."""
    won: list[str] = []
    lost: list[Any] = []
    lock, start = threading.Lock(), threading.Barrier(len(cases))
    rooms = [counter.another_process() for _ in cases]

    def run(room: Any, case: str) -> None:
        start.wait()
        try:
            counter.world.as_clerk(redeem_presentation_code, room, case, code)
        except RefusedError as error:
            with lock:
                lost.append(error.reasons)
        else:
            with lock:
                won.append(case)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(rooms, cases, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == [(Reason.CODE_AUDIENCE,)] * (len(cases) - 1)
    return won


def test_one_of_sixteen_wins(counter: Counter, zhang: Holder) -> None:
    cases = [counter.world.open_case(zhang) for _ in range(16)]
    (winner,) = race(counter, create(counter, zhang).text, cases)
    assert counter.world.as_clerk(find_case, counter.world.case_room, winner).case.assurance is CaseAssurance.C2


def test_a_lost_fast_store_changes_nothing(counter: Counter, zhang: Holder, case: str) -> None:
    code = create(counter, zhang).text
    counter.world.hub.fast.__init__(lambda: counter.world.hub.clock.seconds, 1000)  # type: ignore[misc]
    assert redeem(counter, case, code).presentation.redeemed_time
    counter.world.hub.fast.__init__(lambda: counter.world.hub.clock.seconds, 1000)  # type: ignore[misc]
    assert refusal(redeem, counter, counter.world.open_case(zhang), code) is Reason.CODE_AUDIENCE


def test_only_the_holder_confirms_by_the_channel_that_made_the_code(counter: Counter, zhang: Holder, case: str) -> None:
    view = redeem(counter, case, create(counter, zhang).text)
    args = (view.presentation.id, view.notice.digest(ZH))
    li = counter.world.person("李四")
    assert refusal(counter.as_holder, li, confirm_consent, *args) is Reason.EVIDENCE_OBJECT_UNKNOWN
    hub = counter.world.hub
    other = counter.holder_caller(zhang, OTHER_CHANNEL)
    assert refusal(hub.run, other, confirm_consent, counter.room, *args) is Reason.EVIDENCE_OBJECT_UNKNOWN
    tired = counter.holder_caller(zhang, age=LOGIN_SECONDS + 1)
    assert refusal(hub.run, tired, confirm_consent, counter.room, *args) is Reason.ASSURANCE_LOW
    assert refusal(hub.run, tired, create_presentation_code, counter.room, "", (), "") is Reason.ASSURANCE_LOW


def test_a_consent_taken_back_between_check_and_fetch(counter: Counter, zhang: Holder, case: str) -> None:
    counter.publish_deed(FieldClass.INTERNAL)
    counter.world.issue_deed(zhang)
    view = redeem(counter, case, create(counter, zhang).text)
    hub, world = counter.world.hub, counter.world
    other = world.new_exchange_room()

    world.fetch(case, "deed")  # now this process knows the consent as good
    kept = world.case_room.store.consents.get(case)
    taken = counter.as_holder(zhang, revoke_own_consent, view.presentation.consents[0])
    stale = world.case_room.store.consents
    stale._values[case] = kept  # what a process knows that decided before the consent was taken back
    call = hub.call(hub.caller(MARKET, "clerk"))
    with pytest.raises(StaleError):
        fetch_licence(call, other, FetchRequest(case, "deed", (), ""))
    assert refusal(world.fetch, case, "deed") is Reason.CONSENT_REVOKED
    assert events(counter).count(EventType.CONSENT_REVOKED) == 1
    again = counter.as_holder(zhang, revoke_own_consent, view.presentation.consents[0])
    assert again.revoked_time == taken.revoked_time


def test_holders_see_and_end_their_own_consents_only(counter: Counter, zhang: Holder) -> None:
    counter.publish_deed(FieldClass.INTERNAL)
    for _ in range(3):
        redeem(counter, counter.world.open_case(zhang), create(counter, zhang).text)
    page = counter.as_holder(zhang, list_own_consents, after="", limit=2)
    rest = counter.as_holder(zhang, list_own_consents, after=page.next_key, limit=2)
    assert [len(page.items), len(rest.items), rest.next_key] == [2, 1, ""]
    li = counter.world.person("李四")
    assert counter.as_holder(li, list_own_consents, after="", limit=2).items == ()
    consent = page.items[0]
    assert refusal(counter.as_holder, li, revoke_own_consent, consent.id) is Reason.CONSENT_NOT_FOUND
    assert refusal(counter.as_holder, li, list_case_consents, consent.case) is Reason.CASE_UNKNOWN
    assert counter.as_clerk(revoke_own_consent, consent.id).revoked_time


def test_what_the_counter_sees_is_what_the_parties_see_together(counter: Counter, zhang: Holder) -> None:
    """By code or on paper, good or taken back; and nobody sees what another party gave."""
    own = replace(line_of("deed"), id="seller_deed", party="seller")
    counter.world.hub.publish(replace(FOOD_GUIDE, evidence=(line_of("deed"), own)))
    counter.publish_deed(FieldClass.INTERNAL)
    seller = counter.world.person("李四")
    case = counter.world.open_case(zhang, parties=(CaseParty("applicant", zhang), CaseParty("seller", seller)))
    for giver in (zhang, seller):
        redeem(counter, case, create(counter, giver).text)
        counter.world.hub.clock.advance(1)  # ids of one millisecond are in no order
    counter.as_holder(zhang, revoke_own_consent, counter.world.consent(case, "deed"))
    every = ids(counter.as_clerk(list_case_consents, case))
    mine, theirs = (ids(counter.as_holder(who, list_own_consents, after="", limit=50)) for who in (zhang, seller))
    assert (len(mine), len(theirs)) == (2, 1)
    assert sorted(mine + theirs) == sorted(every)
    assert ids(counter.as_holder(zhang, list_case_consents, case)) == mine
    assert ids(counter.as_holder(seller, list_case_consents, case)) == theirs


def test_a_limited_token_lists_the_consents_of_its_cases(counter: Counter, zhang: Holder) -> None:
    counter.publish_deed(FieldClass.INTERNAL)
    cases = [counter.world.open_case(zhang) for _ in range(2)]
    for case in cases:
        redeem(counter, case, create(counter, zhang).text)
        counter.world.hub.clock.advance(1)
    nothing: frozenset[str] = frozenset()

    def listed(matters: frozenset[str], named: frozenset[str]) -> list[str]:
        caller = replace(counter.holder_caller(zhang), scope=(matters, named, nothing))
        page = counter.world.hub.run(caller, list_own_consents, counter.room, after="", limit=50)
        return [consent.case for consent in page.items]

    assert listed(nothing, nothing) == listed(frozenset({FOOD}), nothing) == cases
    assert listed(nothing, frozenset({cases[1]})) == [cases[1]]
    assert listed(frozenset({"another"}), nothing) == []


def ids(page: Page[Consent]) -> list[str]:
    return [consent.id for consent in page.items]


def line_of(name: str) -> EvidenceRequirement:
    return next(line for line in FOOD_GUIDE.evidence if line.id == name)


def test_a_consents_record_is_signed_and_names_nobody(counter: Counter, zhang: Holder, case: str) -> None:
    counter.publish_deed(FieldClass.INTERNAL)
    consent = redeem(counter, case, create(counter, zhang).text).presentation.consents[0]
    token = counter.as_holder(zhang, export_consent_record, consent)
    header, payload, _ = token.split(".")
    assert json.loads(base64url.decode(header))["typ"] == "consent-record+jwt"
    record = json.loads(base64url.decode(payload))
    assert (record["record_id"], record["state"]) == (f"consents/{consent}", "given")
    assert record["pii_information"][0]["pii_type"] == DEED
    assert zhang.id_number not in json.dumps(record)
    counter.as_holder(zhang, revoke_own_consent, consent)
    later = json.loads(base64url.decode(counter.as_clerk(export_consent_record, consent).split(".")[1]))
    assert [event["event_state"] for event in later["consent_events"]] == ["given", "withdrawn"]


def test_holders_see_who_looked(counter: Counter, zhang: Holder, case: str) -> None:
    counter.world.issue(zhang)
    counter.world.fetch(case, "identity", "name")
    counter.indexed()
    page = counter.as_holder(zhang, list_accesses_to_my_data, 0, before=None, limit=50)
    look = page.accesses[0]
    assert (look.department, look.licence_types, look.fields) == (MARKET, (IDENTITY,), ("name",))
    assert (look.purpose, look.outcome) == ("service", "allowed")
    li = counter.world.person("李四")
    assert counter.as_holder(li, list_accesses_to_my_data, 0, before=None, limit=50).accesses == ()
    with pytest.raises(InvalidError):
        counter.as_holder(zhang, list_accesses_to_my_data, 1999, before=None, limit=50)


def test_bad_requests_are_told_whole(counter: Counter, zhang: Holder, case: str) -> None:
    with pytest.raises(InvalidError) as caught:
        create(counter, zhang, "", "no such type", language="fr")
    assert {violation.field for violation in caught.value.violations} == {"licence_types", "language"}
    with pytest.raises(InvalidError):
        redeem(counter, case, "onceonly-code:short")
    with pytest.raises(NotFoundError):
        create(counter, zhang, counter.world.open_case(counter.world.person()))


def test_a_code_limited_to_other_types_covers_nothing(counter: Counter, zhang: Holder, case: str) -> None:
    view = redeem(counter, case, create(counter, zhang, "", IDENTITY).text)
    assert (view.state, view.lines, view.presentation.consents) == (PresentationState.CONFIRMED, (), ())


def test_a_token_limited_to_another_case_reaches_no_case(counter: Counter, zhang: Holder, case: str) -> None:
    narrow = replace(counter.holder_caller(zhang), scope=(frozenset(), frozenset({"another"}), frozenset()))
    args = (create_presentation_code, counter.room, case, (), "")
    assert refusal(counter.world.hub.run, narrow, *args) is Reason.TOKEN_EXCEEDED


def test_a_case_that_was_erased_is_gone_for_its_other_parties_too(counter: Counter, zhang: Holder) -> None:
    seller = counter.world.person("李四")
    case = counter.world.open_case(zhang, parties=(CaseParty("applicant", zhang), CaseParty("seller", seller)))
    assert counter.as_holder(seller, get_consent_notice, case, "seller", ())
    counter.world.hub.write(counter.world.hub.vault.destroy(counter.room.owner(zhang)))
    assert refusal(counter.as_holder, seller, get_consent_notice, case, "seller", ()) is Reason.CASE_UNKNOWN
