"""Second signatures: made where the type says so, kept sealed, handed out with every extract, checked by the hub."""

from dataclasses import replace
from itertools import count

import pytest

from exchange.entities.catalogue import SecondSignature
from exchange.entities.licence import RevocationCause
from exchange.errors import RefusedError, UnavailableError
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.examining import VerifyRequest, VerifyRoom
from exchange.licences.lifecycle import Amendment, Transition, amend_licence, renew_licence, revoke_licence
from exchange.licences.receipts import ReceiptKeys
from exchange.licences.seal_archive import SealArchive
from exchange.licences.second import LOOK_SECONDS, second_key_id
from exchange.licences.store import second_name
from exchange.licences.verify import verify_credential
from exchange.reasons import Reason
from signer.algorithms import SUITES
from signer.report import CheckName, Outcome
from storage.errors import CorruptError, ErasedError
from tests.fakes.licence_world import (
    HUB,
    IDENTITY,
    IDENTITY_TYPE,
    POLICE,
    SERVICE_CENTRE,
    open_keys,
    open_world,
)

OBJECTS = "second-signatures/"
KEY = second_key_id(POLICE)


@pytest.fixture
def world(tmp_path):
    with open_world(tmp_path) as world:
        yield world


def ask(world, demand, licence_type=IDENTITY_TYPE):
    world.hub.clock.advance(LOOK_SECONDS)
    world.hub.publish(replace(licence_type, second_signature=demand))


def room_for(world):
    issuers = AuthorisedIssuers(world.hub.catalogue)
    seals = SealArchive(world.objects, world.trust)
    rooms = (ReceiptKeys(world.keys).current, world.receipts, seals, world.seconds)
    return VerifyRoom(HUB, world.store, world.trust, issuers, world.tagger, *rooms)


def verify(world, text, second="", room=None):
    request = VerifyRequest(credential=text, receipt="", at_time=0, second_signature=second)
    return world.hub.run(
        world.hub.caller(SERVICE_CENTRE, None), verify_credential, room or room_for(world), request
    ).report


def second_of(report):
    found = [check for check in report.checks if check.name is CheckName.SECOND_SIGNATURE]
    return (found[0].code, found[0].outcome) if found else None


def test_a_type_that_omits_it_changes_nothing(world):
    world.keys.generate(KEY, "SM2-SM3")
    holder = world.person()
    issued = world.issue(holder)
    assert issued.second_signature == ""
    assert world.objects.names(OBJECTS) == []
    extract = world.fetch(world.open_case(holder)).extract
    assert extract.second_signature == ""
    report = verify(world, issued.credential)
    assert (report.outcome, second_of(report)) == (Outcome.PASSED, None)
    assert second_of(verify(world, "nonsense")) is None


def test_an_offer_is_taken_up_where_there_is_a_key(world):
    ask(world, SecondSignature.OFFER)
    assert world.issue(world.person()).second_signature == ""
    assert world.objects.names(OBJECTS) == []
    world.keys.generate(KEY, "SM2-SM3")
    issued = world.issue(world.person())
    assert len(world.objects.names(OBJECTS)) == 1
    report = verify(world, issued.credential, issued.second_signature)
    assert (report.outcome, second_of(report)) == (Outcome.PASSED, ("OK", Outcome.PASSED))
    # Whoever was not handed the second signature verifies without it: nothing required one.
    assert second_of(verify(world, issued.credential)) is None


def test_a_type_that_requires_it_issues_nothing_without_a_key(world):
    ask(world, SecondSignature.REQUIRE)
    before = world.objects.names("")
    with pytest.raises(UnavailableError) as caught:
        world.issue(world.person())
    assert caught.value.reasons == (Reason.SIGNER_UNAVAILABLE,)
    assert world.without_second_key == [POLICE]
    assert world.objects.names("") == before
    world.keys.generate(KEY, "SM2-SM3")
    assert world.issue(world.person()).second_signature


def test_a_key_of_a_suite_that_is_not_accepted_is_no_second_key(world):
    ask(world, SecondSignature.OFFER)
    world.keys.generate(KEY, "ES256")
    with pytest.raises(UnavailableError):
        world.issue(world.person())
    assert world.without_second_key == [POLICE]


def test_a_key_that_does_not_open_is_a_fault_and_not_an_absent_key(world, tmp_path):
    ask(world, SecondSignature.OFFER)
    world.keys.generate(KEY, "SM2-SM3")
    broken = tmp_path / "keys" / f"{KEY}.v2.pem"
    broken.write_bytes(b"broken")
    broken.chmod(0o600)
    world.hub.clock.advance(LOOK_SECONDS)
    with pytest.raises(UnavailableError) as caught:
        world.issue(world.person())
    assert caught.value.reasons == (Reason.SIGNER_UNAVAILABLE,)
    assert world.without_second_key == []


@pytest.mark.parametrize("verb", ["renew", "amend"])
def test_a_successor_is_signed_too_under_the_revision_in_force(world, verb):
    issued = world.issue(world.person())
    assert issued.second_signature == ""
    ask(world, SecondSignature.REQUIRE)
    world.keys.generate(KEY, "SM2-SM3")
    name = (IDENTITY, issued.view.licence.identifier, issued.view.etag)
    why = {"reason": "because", "legal_reference": ""}
    if verb == "renew":
        times = {"valid_from_time": 0, "valid_until_time": world.hub.clock.seconds + 86_400}
        successor = world.as_issuer(POLICE, renew_licence, *name, **times, **why)
    else:
        change = Amendment({"born": "1990-01-02"}, None)
        successor = world.as_issuer(POLICE, amend_licence, *name, change, **why)
    report = verify(world, successor.credential, successor.second_signature)
    assert (report.outcome, second_of(report)) == (Outcome.PASSED, ("OK", Outcome.PASSED))
    # The old one was issued under a revision that asked for none.
    assert second_of(verify(world, issued.credential)) is None


def test_every_extract_carries_it_and_a_warm_fetch_reads_nothing(world):
    ask(world, SecondSignature.REQUIRE)
    world.keys.generate(KEY, "SM2-SM3")
    holder = world.person()
    issued = world.issue(holder)
    case = world.open_case(holder)
    extract = world.fetch(case, "identity", "name").extract
    assert extract.second_signature == issued.second_signature
    report = verify(world, extract.presentation, extract.second_signature)
    assert (report.outcome, second_of(report)) == (Outcome.PASSED, ("OK", Outcome.PASSED))
    for name in world.objects.names(""):
        world.objects.delete(name)
    assert world.fetch(case).extract.second_signature == issued.second_signature


@pytest.mark.parametrize("damage", ["flipped", "another", "gone", "cut"])
def test_a_required_one_that_is_damaged_keeps_the_licence_back(world, damage):
    ask(world, SecondSignature.REQUIRE)
    world.keys.generate(KEY, "SM2-SM3")
    holder = world.person()
    name = second_name(world.issue(holder).view.licence.digest)
    other = second_name(world.issue(world.person()).view.licence.digest)
    whole = world.objects.get(name)
    match damage:
        case "flipped":
            world.objects.replace(name, whole[:-1] + bytes([whole[-1] ^ 1]))
        case "another":
            world.objects.replace(name, world.objects.get(other))
        case "gone":
            world.objects.delete(name)
        case "cut":
            world.objects.replace(name, whole[:20])
    with pytest.raises(RefusedError) as caught:
        world.fetch(world.open_case(holder))
    assert caught.value.reasons == (Reason.RECORD_CORRUPT,)


def test_an_offered_one_that_is_gone_is_left_out(world):
    ask(world, SecondSignature.OFFER)
    world.keys.generate(KEY, "SM2-SM3")
    holder = world.person()
    world.objects.delete(second_name(world.issue(holder).view.licence.digest))
    assert world.fetch(world.open_case(holder)).extract.second_signature == ""


def test_the_hub_finds_it_for_whoever_only_points_to_the_licence(world):
    world.keys.generate(KEY, "SM2-SM3")
    omitted = world.issue(world.person())
    ask(world, SecondSignature.OFFER)
    signed = world.issue(world.person())
    lost = world.issue(world.person())
    world.objects.delete(second_name(lost.view.licence.digest))
    found = [world.seconds.on_record(world.store, issued.view.licence) for issued in (omitted, signed, lost)]
    assert found == ["", signed.second_signature, ""]


def test_it_lies_sealed_and_goes_with_its_holder(world):
    ask(world, SecondSignature.OFFER)
    world.keys.generate(KEY, "SM2-SM3")
    holder = world.person()
    issued = world.issue(holder)
    digest = issued.view.licence.digest
    assert issued.second_signature.encode() not in world.objects.get(second_name(digest))
    assert world.store.second(digest) == issued.second_signature
    world.objects.replace(second_name(digest), world.objects.get(issued.view.licence.object_name))
    with pytest.raises(CorruptError):
        world.store.second(digest)
    world.hub.write(world.hub.vault.destroy(world.store.owner(holder)))
    with pytest.raises(ErasedError):
        world.new_exchange_room().store.second(digest)


def test_each_way_to_be_wrong_has_its_own_code(world):
    ask(world, SecondSignature.REQUIRE)
    world.keys.generate(KEY, "SM2-SM3")
    one, other = world.issue(world.person()), world.issue(world.person())
    failed = Outcome.FAILED
    assert second_of(verify(world, one.credential)) == ("SECOND_SIGNATURE_MISSING", failed)
    assert verify(world, one.credential).outcome is failed
    assert second_of(verify(world, one.credential, other.second_signature)) == ("SECOND_SIGNATURE_INVALID", failed)
    assert second_of(verify(world, one.credential, "nonsense")) == ("SECOND_SIGNATURE_INVALID", failed)
    flipped = one.credential[:-30] + ("A" if one.credential[-30] != "A" else "B") + one.credential[-29:]
    report = verify(world, flipped, one.second_signature)
    assert second_of(report) == ("NOT_REACHED", Outcome.INDETERMINATE)


def test_a_key_of_another_authority_signs_nothing_here(world, tmp_path):
    """Not even one that some other hub made: the keys are those of the authority that the credential names."""
    ask(world, SecondSignature.OFFER)
    world.keys.generate(KEY, "SM2-SM3")
    issued = world.issue(world.person())
    elsewhere = open_keys(tmp_path / "elsewhere")
    elsewhere.generate(KEY, "SM2-SM3")
    stranger = elsewhere.signer(KEY)
    text = forged(issued.credential, stranger)
    assert second_of(verify(world, issued.credential, text)) == ("SECOND_KEY_UNKNOWN", Outcome.INDETERMINATE)


def forged(credential, signer):
    from signer.second_signature import sign_second

    return sign_second(credential.partition("~")[0], kid=signer.kid, alg=signer.alg, sign=signer.sign)


def test_rotation_signs_with_the_new_and_still_verifies_the_old(world, tmp_path):
    ask(world, SecondSignature.OFFER)
    world.keys.generate(KEY, "SM2-SM3")
    old = world.issue(world.person())
    open_keys(tmp_path / "keys").rotate(KEY)  # as the command does, in another process
    world.hub.clock.advance(LOOK_SECONDS)
    new = world.issue(world.person())
    public = world.keys.versions(KEY)[1].public
    header, _, signature = new.second_signature.split(".")
    payload = new.credential.split(".")[1]
    from signer import base64url

    assert SUITES["SM2-SM3"].verify(public, base64url.decode(signature), f"{header}.{payload}".encode())
    for issued in (old, new):
        assert second_of(verify(world, issued.credential, issued.second_signature)) == ("OK", Outcome.PASSED)


def test_looking_for_keys_is_bounded(world):
    looks = count()
    ring = world.seconds.ring
    ring._refresh = lambda: next(looks)
    now = world.hub.clock.seconds + LOOK_SECONDS
    for _ in range(100):
        ring.public_keys(POLICE, now)
    assert next(looks) == 1


def test_a_revoked_licence_does_not_pass_for_its_second_signature(world):
    ask(world, SecondSignature.REQUIRE)
    world.keys.generate(KEY, "SM2-SM3")
    issued = world.issue(world.person())
    why = Transition("because", "", 0, RevocationCause.PENALTY)
    world.as_issuer(POLICE, revoke_licence, IDENTITY, issued.view.licence.identifier, issued.view.etag, why)
    report = verify(world, issued.credential, issued.second_signature)
    assert (report.outcome, second_of(report)) == (Outcome.FAILED, ("OK", Outcome.PASSED))
