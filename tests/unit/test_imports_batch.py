"""Importing batches: issued once, never decided by itself, and counted exactly."""

from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.entities.back_fill import ImportDecision, ImportOutcome, SourceLicence
from exchange.entities.catalogue import Role
from exchange.entities.licence import LicenceState, Provenance, RevocationCause
from exchange.errors import InvalidError, RefusedError, Violation
from exchange.imports.batch import MAX_ROWS, import_batch
from exchange.imports.closing import finish_import, get_import, list_import_issues, settle_import_issue
from exchange.imports.room import ImportRoom, SourceRow
from exchange.imports.store import ImportStore
from exchange.imports.unreadable import CAUSES, unreadable_problem
from exchange.licences.status_index import ENDED
from exchange.licences.status_index import KIND as STATUS
from exchange.licences.store import LICENCE
from exchange.reasons import Reason
from signer import jws
from tests.fakes.licence_world import IDENTITY, POLICE, department, open_keys, open_world, operator

IMPORT = "0b9c6a5e-3f5d-4c55-9a59-1d7c3a1e2f01"
GRADE = Provenance.BACK_FILLED_REGISTER
DAY = 86_400


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def world(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as world:
        people = (operator("issuer", Role.ISSUER), operator("second", Role.ISSUER))
        world.hub.publish(department(POLICE, Role.ISSUER, operators=people))
        store = ImportStore(world.hub.records, world.hub.vault, world.hub.blind, world.store)
        world.imports = ImportRoom(world.room, store, lambda: world.keys.signer("receipts"), world.new_result_room())
        world.hub.caches.extend([store.imports, store.issues])
        yield world


def source(world, holder, **changes):
    new = world.identity(holder)
    issued = world.hub.clock.seconds - 100 * DAY
    plain = SourceLicence(
        new.number, new.holders, new.fields, issued, 0, 0, "", "", LicenceState.ACTIVE, RevocationCause.NONE, 0
    )
    return replace(plain, **changes)


def rows_of(sources, first=1):
    return tuple(SourceRow(first + at, sha256(b"%d" % (first + at)).digest(), one) for at, one in enumerate(sources))


def send(world, rows, *, import_id=IMPORT, validate_only=False, person="issuer"):
    caller = world.hub.caller(POLICE, person)
    return world.hub.run(
        caller, import_batch, world.imports, IDENTITY, import_id, GRADE, rows, validate_only=validate_only
    )


def run(world, use_case, *args, person="issuer", **options):
    return world.hub.run(world.hub.caller(POLICE, person), use_case, world.imports, IMPORT, *args, **options)


def outcomes(answer):
    return [result.outcome.value for result in answer.results]


def test_a_batch_is_issued_once_and_fetched_like_any_other_licence(world):
    people = [world.person() for _ in range(5)]
    rows = rows_of([source(world, person) for person in people])
    first = send(world, rows)
    assert outcomes(first) == ["issued"] * 5
    assert first.last_row == 5
    entries = len(world.records())
    assert len(world.records()[-1].items) == 5
    assert world.objects.names("credentials/") == []
    assert len(world.objects.names("packs/")) == 1
    again = send(world, rows)
    assert outcomes(again) == ["unchanged"] * 5
    assert [one.identifier for one in again.results] == [one.identifier for one in first.results]
    assert len(world.records()) == entries + 1
    assert get(world).totals == {"issued": 5}
    case = world.open_case(people[2])
    assert world.fetch(case, "identity", "name").extract.presentation
    stored = world.store.licences.fresh(first.results[2].identifier).value
    assert stored.provenance is GRADE
    assert world.store.credential(stored.digest)[0].count("~") > 1


def get(world):
    return run(world, get_import)


def test_another_import_of_the_same_file_changes_nothing(world):
    rows = rows_of([source(world, world.person()) for _ in range(3)])
    send(world, rows)
    count = len(world.hub.records.scan(LICENCE))
    again = send(world, rows, import_id=IMPORT.replace("0b9c", "1b9c"))
    assert outcomes(again) == ["unchanged"] * 3
    assert len(world.hub.records.scan(LICENCE)) == count


def test_rows_of_one_batch_see_each_other(world):
    person = world.person()
    one = source(world, person)
    other = source(world, person, number="OTHER-1")
    renamed = source(world, replace(person, name="李四"), number="OTHER-2")
    changed = replace(one, fields=dict(one.fields) | {"height": "1.80"})
    answer = send(world, rows_of([one, other, one, changed, renamed]))
    assert outcomes(answer) == ["issued", "issued", "unchanged", "duplicate", "identity_mismatch"]
    holding = world.store.holdings.fresh(world.store.holding_key(IDENTITY, person)).value
    assert len(holding.licences) == 2


def test_a_bad_row_is_a_result_and_spoils_nothing(world):
    good, bad = source(world, world.person()), source(world, world.person(), number="", issued_time=2**40)
    unreadable = SourceRow(3, b"\1" * 32, None, "quote")
    malformed = SourceRow(4, b"\2" * 32, None, problems=(Violation("licence.number", "x", "x"),))
    answer = send(world, (*rows_of([good, bad]), unreadable, malformed))
    assert outcomes(answer) == ["issued", "invalid", "invalid", "invalid"]
    assert {one.field for one in answer.results[1].violations} >= {"licence.number", "licence.issued_time"}
    assert answer.results[2].violations == (unreadable_problem("quote"),)
    assert get(world).totals == {"issued": 1, "invalid": 3, "invalid/quote": 1}


@pytest.mark.parametrize("code", [*CAUSES, "", "no such code"])
def test_both_sentences_name_why_a_row_cannot_be_read(code):
    problem = unreadable_problem(code)
    cause = CAUSES.get(code, CAUSES["missing"])
    assert cause.en in problem.en
    assert cause.zh in problem.zh
    assert "no such" not in problem.en + problem.zh


def test_a_batch_that_was_overtaken_leaves_no_pack(world):
    person, left = world.person(), [1]

    def overtaken(call, *args, **options):
        answer = import_batch(call, *args, **options)
        if left:
            left.pop()
            world.issue(person, number="MEANWHILE")
        return answer

    rows, caller = rows_of([source(world, person)]), world.hub.caller(POLICE, "issuer")
    answer = world.hub.run(caller, overtaken, world.imports, IDENTITY, IMPORT, GRADE, rows, validate_only=False)
    assert outcomes(answer) == ["issued"]
    stored = world.store.licences.fresh(answer.results[0].identifier).value
    assert world.objects.names("packs/") == [stored.object_name]


def test_what_ended_in_the_source_is_ended_here(world):
    ended = world.hub.clock.seconds - DAY
    rows = rows_of(
        [
            source(
                world,
                world.person(),
                state=LicenceState.REVOKED,
                cause=RevocationCause.PENALTY,
                state_time=ended,
            ),
            source(world, world.person(), state=LicenceState.SUSPENDED, state_time=ended),
            source(world, world.person(), state=LicenceState.REVOKED, state_time=ended),
        ]
    )
    answer = send(world, rows)
    assert outcomes(answer) == ["issued", "issued", "invalid"]
    revoked = world.store.licences.fresh(answer.results[0].identifier).value
    assert [event.operation for event in revoked.history] == ["issue", "revoke"]
    assert revoked.history[1].effective_time == ended
    places = world.hub.records.find(STATUS, ENDED, revoked.status_list.encode(), limit=10)
    assert len(places) == 2


def test_a_foreign_identifier_is_kept_with_its_departures(world):
    foreign = f"1.2.156.3005.2.{IDENTITY}.990100.ABC123.001.X"
    answer = send(world, rows_of([source(world, world.person(), foreign_identifier=foreign)]))
    assert "issuer" in " ".join(answer.results[0].quality).lower()
    assert world.imports.store.foreign_taken([foreign]) == {foreign}
    other = send(world, rows_of([source(world, world.person(), foreign_identifier=foreign)], 2))
    assert outcomes(other) == ["invalid"]
    assert world.imports.store.foreign_taken(["1.2.3"]) == set()


def test_two_rows_of_a_batch_cannot_have_one_foreign_identifier(world):
    foreign = f"1.2.156.3005.2.{IDENTITY}.990100.ABC124.001.X"
    sources = [source(world, world.person(), foreign_identifier=foreign) for _ in range(2)]
    assert outcomes(send(world, rows_of(sources))) == ["issued", "invalid"]


def test_rows_that_are_missing_and_batches_out_of_bounds_are_refused(world):
    send(world, rows_of([source(world, world.person())]))
    with pytest.raises(RefusedError) as caught:
        send(world, rows_of([source(world, world.person())], 3))
    assert caught.value.reasons == (Reason.IMPORT_STATE,)
    person = source(world, world.person())
    for rows in ((), rows_of([person] * (MAX_ROWS + 1)), rows_of([person], 0), rows_of([person]) * 2):
        with pytest.raises(InvalidError):
            send(world, rows)
    with pytest.raises(InvalidError):
        send(world, rows_of([person]), import_id="nothing")


def test_a_dry_run_judges_alike_and_stores_nothing(world):
    person = world.person()
    rows = rows_of([source(world, person), source(world, person), source(world, world.person(), number="")])
    answer = send(world, rows, validate_only=True)
    assert outcomes(answer) == ["issued", "unchanged", "invalid"]
    assert not world.hub.records.scan(LICENCE)
    assert not world.objects.names("packs/")


def test_the_report_is_signed_over_every_row(world):
    rows = rows_of([source(world, world.person()) for _ in range(3)])
    send(world, rows[:2])
    send(world, rows[1:])
    digest = bytes(32)
    for row in rows:
        digest = sha256(digest + row.digest).digest()
    with pytest.raises(RefusedError) as caught:
        run(world, finish_import, "00" * 32)
    assert caught.value.reasons == (Reason.IMPORT_DIGEST,)
    finished = run(world, finish_import, digest.hex())
    keys = {info.kid: info.public for info in world.keys.versions("receipts")}
    verified = jws.verify(finished.report, keys, typ="onceonly-import+jwt", alg="ES256")
    assert verified.header["typ"] == "onceonly-import+jwt"
    assert run(world, finish_import, digest.hex()).report == finished.report
    with pytest.raises(RefusedError):
        send(world, rows)


def test_the_source_wins_only_by_another_persons_word(world):
    person = world.person()
    one = source(world, person)
    changed = replace(one, fields=dict(one.fields) | {"height": "1.80"})
    renamed = source(world, replace(person, name="李四"), number="OTHER-2")
    send(world, rows_of([one, changed, renamed, changed]))
    page = run(world, list_import_issues, after="", limit=10)
    assert [issue.row for issue in page.items] == [2, 3, 4]
    with pytest.raises(RefusedError) as caught:
        run(world, settle_import_issue, 2, ImportDecision.TAKE_THEIRS, "the source is newer")
    assert caught.value.reasons == (Reason.IMPORT_SECOND_PERSON,)
    taken = run(world, settle_import_issue, 2, ImportDecision.TAKE_THEIRS, "the source is newer", person="second")
    amended = world.store.licences.fresh(taken.identifier).value
    assert (amended.version, amended.fields["height"]) == (2, "1.80")
    with pytest.raises(RefusedError):
        run(world, settle_import_issue, 2, ImportDecision.KEEP_OURS, "twice")
    issued = run(world, settle_import_issue, 3, ImportDecision.TAKE_THEIRS, "renamed by deed", person="second")
    assert world.store.licences.fresh(issued.identifier).value.holders[0].name == "李四"
    kept = run(world, settle_import_issue, 4, ImportDecision.REJECT, "a copy")
    assert (kept.issue.settled, kept.identifier) == ("reject", "")
    assert ImportOutcome.DUPLICATE in {issue.outcome for issue in page.items}


ENDED_BY_PENALTY = {"state": LicenceState.REVOKED, "cause": RevocationCause.PENALTY}


def test_a_row_that_waited_is_issued_as_its_batch_would_have(world):
    holder, ended = world.person(), world.hub.clock.seconds - DAY
    other = source(world, replace(holder, name="李四"), number="OTHER", state_time=ended, **ENDED_BY_PENALTY)
    foreign = f"1.2.156.3005.2.{IDENTITY}.{POLICE}.{'0' * 20}.001.F"
    send(world, rows_of([source(world, holder), replace(other, foreign_identifier=foreign)]))
    issued = run(world, settle_import_issue, 2, ImportDecision.TAKE_THEIRS, "renamed by deed", person="second")
    licence = world.store.licences.fresh(issued.identifier).value
    assert (licence.state, licence.cause, licence.provenance) == (*ENDED_BY_PENALTY.values(), GRADE)
    assert licence.history[-1].effective_time == ended
    assert world.imports.store.foreign_taken([foreign]) == {foreign}


def test_a_state_that_the_source_says_anew_waits_and_is_taken(world):
    holder, ended = world.person(), world.hub.clock.seconds - DAY
    first = source(world, holder)
    [issued] = send(world, rows_of([first])).results
    ended_since = replace(first, state_time=ended, **ENDED_BY_PENALTY)
    both = replace(ended_since, fields={**first.fields, "height": "1.80"})
    assert outcomes(send(world, rows_of([ended_since, both], first=2))) == ["duplicate", "duplicate"]
    with pytest.raises(InvalidError):
        run(world, settle_import_issue, 3, ImportDecision.TAKE_THEIRS, "both", person="second")
    taken = run(world, settle_import_issue, 2, ImportDecision.TAKE_THEIRS, "as the register says", person="second")
    assert taken.identifier == issued.identifier
    assert world.store.licences.fresh(issued.identifier).value.state is LicenceState.REVOKED
    # What the source said before is no news any more.
    assert outcomes(send(world, rows_of([first, ended_since], first=4))) == ["unchanged", "unchanged"]
