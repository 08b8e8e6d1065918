"""The trust list that a hub publishes: it says what is in force, loses nothing silently, and its keys roll over."""

from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.certification import newest_root, rotate_hub_authority
from exchange.trust.building import Vouchers
from exchange.trust.decisions import Decisions, Distrust, Subject, Withdrawal, load_decisions, save_decisions
from exchange.trust.places import ANCHORS, DECISIONS, LIST, last_sequence, list_name, next_sequence, sequence_of
from exchange.trust.publishing import TrustPublicationError, latest, outdated, publish
from signer.algorithms import thumbprint
from signer.errors import FormatError, KeyBackendError
from signer.report import Outcome
from signer.seals import SealCertificate
from signer.trust_keeper import Anchors, TrustKeeper
from signer.trust_list import KeyUse, TrustedWitness
from tests.fakes.licence_world import HUB, IDENTITY, IDENTITY_TYPE, LAND, MARKET, POLICE
from tests.fakes.trusting_hub import open_trusting_hub

DAY = 86_400
WITNESS = TrustedWitness("witness.example+01234567+BAAAAAAA")


@pytest.fixture
def hub(tmp_path):
    with open_trusting_hub(tmp_path) as hub:
        yield hub


def kids(hub, key_id):
    return [info.kid for info in hub.keys.versions(key_id)]


def seal_of(authority, digest):
    return SealCertificate(authority, "局", None, "ES256", 1, digest, 0, 1 << 40)


def verdict(trust_list, authority, iat, revision=1):
    (*_, certificate) = trust_list.authority_by_uscc[authority].certificates
    vct = f"{HUB}/licenceTypes/{IDENTITY}/revisions/{revision}"
    return trust_list.authorised(seal_of(authority, certificate.sha256), vct, iat).code


def test_the_first_list_says_what_is_in_force(hub):
    found = hub.publish()
    assert (found.hub, found.sequence) == (HUB, 1)
    assert {each.uscc for each in found.authorities} == {POLICE, LAND, MARKET}
    assert [len(found.authority_by_uscc[each].certificates) for each in (POLICE, LAND, MARKET)] == [1, 1, 0]
    assert set(found.keys_for(KeyUse.RECEIPTS, 0)) == set(kids(hub, "receipts"))
    assert set(found.keys_for(KeyUse.STATUS_LISTS, 0)) == set(kids(hub, "status-lists"))
    assert [key.public for key in found.log_keys(0)] == [hub.keys.public_key("log")]
    assert found.seal_roots() == (newest_root(hub.keys, hub.objects),)
    assert verdict(found, POLICE, hub.hub.clock.seconds) == "OK"
    assert verdict(found, LAND, hub.hub.clock.seconds) == "ISSUER_NOT_AUTHORISED"


def test_what_is_published_is_what_a_verifier_accepts(hub):
    published = hub.publish()
    anchors = Anchors.from_json(hub.objects.get(ANCHORS))
    keeper = TrustKeeper(anchors.public_keys(), hub=HUB)
    assert keeper.accept(hub.objects.get(LIST), hub.hub.clock.seconds) == published
    assert hub.objects.get(list_name(1)) == hub.objects.get(LIST)
    assert latest(hub.objects, hub.keys) == published


def test_a_superseded_revision_and_a_renewed_seal_stay(hub):
    hub.publish()
    issued = hub.hub.clock.seconds
    hub.hub.clock.advance(DAY)
    hub.hub.publish(replace(IDENTITY_TYPE, issuers=frozenset({LAND})))
    hub.keys.rotate(f"seal-{POLICE.lower()}")
    hub.seal(POLICE)
    hub.hub.clock.advance(DAY)
    found = hub.publish()
    old, new = found.authority_by_uscc[POLICE].certificates
    assert old.kid != new.kid
    for digest in (old.sha256, new.sha256):
        vct = f"{HUB}/licenceTypes/{IDENTITY}/revisions/1"
        assert found.authorised(seal_of(POLICE, digest), vct, issued).outcome is (
            Outcome.PASSED if digest == old.sha256 else Outcome.FAILED  # the new one did not exist then
        )
    assert verdict(found, POLICE, issued + DAY + 61) == "ISSUER_NOT_AUTHORISED"
    assert verdict(found, LAND, issued + DAY + 61, revision=2) == "OK"


def test_changes_are_told_and_losses_need_a_yes(hub):
    assert outdated(hub.sources, hub.hub.clock.seconds) == "no trust list was ever published"
    hub.vouched(Vouchers((WITNESS,), 1))
    assert all(line.startswith("added") for line in hub.said())
    hub.publish()
    assert hub.said() == []
    assert outdated(hub.sources, hub.hub.clock.seconds) == ""
    hub.seal(MARKET)
    assert [line.rpartition(" ")[0] for line in hub.said()] == [f"added seal {MARKET}"]
    assert "added seal" in outdated(hub.sources, hub.hub.clock.seconds)
    hub.vouched(Vouchers())
    assert [each.entry for each in hub.prospect().losses] == [f"witness {WITNESS.vkey}"]
    assert "changed quorum of witnesses" in hub.said()


def test_of_two_who_publish_at_once_one_is_refused(hub):
    wanted, other = hub.prospect(), hub.prospect()
    publish(hub.objects, wanted)
    with pytest.raises(TrustPublicationError, match="meanwhile"):
        publish(hub.objects, other)
    assert hub.publish().sequence == 2


def test_a_publication_that_was_cut_short_is_made_good(hub, monkeypatch):
    hub.publish()
    with monkeypatch.context() as patch:
        patch.setattr(hub.objects, "replace", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hub.publish()
    assert last_sequence(hub.objects) == 2
    assert hub.publish().sequence == 3
    assert hub.objects.get(LIST) == hub.objects.get(list_name(3))


def test_the_trust_lists_own_key_rolls_over(hub):
    hub.publish()
    first = Anchors.from_json(hub.objects.get(ANCHORS)).public_keys()
    keeper = TrustKeeper(first)
    keeper.accept(hub.objects.get(LIST), hub.hub.clock.seconds)
    hub.keys.rotate("trust-list")
    old, new = kids(hub, "trust-list")
    introduced = hub.publish()
    assert [jwk.kid for jwk in introduced.trust_keys] == [old, new]
    keeper.accept(hub.objects.get(LIST), hub.hub.clock.seconds)
    assert hub.prospect().losses == ()
    assert outdated(hub.sources, hub.hub.clock.seconds) == ""
    alone = hub.publish()
    assert [jwk.kid for jwk in alone.trust_keys] == [new]
    assert keeper.accept(hub.objects.get(LIST), hub.hub.clock.seconds) == alone
    with pytest.raises(FormatError, match="TRUST_LIST_KEY_UNKNOWN"):
        TrustKeeper(first).accept(hub.objects.get(LIST), hub.hub.clock.seconds)


def test_a_key_counts_from_the_list_before_the_one_that_names_it(hub):
    first = hub.publish()
    hub.hub.clock.advance(DAY)
    hub.keys.rotate("receipts")
    hub.keys.rotate("status-lists")
    hub.hub.clock.advance(DAY)
    second = hub.publish()
    old, new = kids(hub, "receipts")
    assert set(second.keys_for(KeyUse.RECEIPTS, first.issue_time)) == {old, new}
    assert set(second.keys_for(KeyUse.RECEIPTS, first.issue_time - 1)) == {old}
    later = second.issue_time + 40 * DAY
    assert set(second.keys_for(KeyUse.RECEIPTS, later)) == {old, new}
    assert set(second.keys_for(KeyUse.STATUS_LISTS, later)) == {kids(hub, "status-lists")[1]}
    hub.hub.clock.advance(DAY)
    assert hub.said() == []  # the end of the old one stays where it was


def test_a_rotated_ca_stands_beside_the_old_one(hub):
    before = hub.publish()
    assert rotate_hub_authority(hub.keys, hub.objects, "hub.qinghe.example", hub.now) == 2
    hub.seal(POLICE)
    after = hub.publish()
    assert set(before.seal_roots()) < set(after.seal_roots())
    assert len(after.authority_by_uscc[POLICE].certificates) == 2
    assert hub.prospect().losses == ()


def test_an_interrupted_rotation_of_the_ca_is_gone_on_with(hub):
    hub.keys.rotate("hub-ca")
    with pytest.raises(KeyBackendError, match="keys hub-ca --rotate"):
        hub.seal(POLICE)
    assert rotate_hub_authority(hub.keys, hub.objects, "hub.qinghe.example", hub.now) == 2
    hub.seal(POLICE)


def decided(hub, subject, name, after=None):
    when = hub.hub.clock.seconds if after is None else after
    known = load_decisions(hub.objects)
    save_decisions(hub.objects, known.with_distrust(Distrust(subject, name, when, "stolen", hub.hub.clock.seconds)))
    return when


def test_distrust_reaches_the_list(hub):
    listed = hub.publish()
    (seal,) = listed.authority_by_uscc[POLICE].certificates
    (receipt,) = kids(hub, "receipts")
    when = decided(hub, Subject.CERTIFICATE, seal.sha256)
    decided(hub, Subject.KEY, receipt)
    assert hub.prospect().losses == ()
    found = hub.publish()
    assert found.authority_by_uscc[POLICE].certificates[0].distrusted_after == when
    assert found.authority_by_uscc[LAND].certificates[0].distrusted_after is None
    assert found.keys_for(KeyUse.RECEIPTS, None) == {}


def test_a_distrusted_root_distrusts_what_stands_below_it(hub):
    old = newest_root(hub.keys, hub.objects)
    rotate_hub_authority(hub.keys, hub.objects, "hub.qinghe.example", hub.now)
    hub.seal(POLICE)
    when = decided(hub, Subject.ROOT, sha256(old).hexdigest())
    found = hub.publish()
    below, above = found.authority_by_uscc[POLICE].certificates
    assert {below.distrusted_after, above.distrusted_after} == {when, None}
    assert found.authority_by_uscc[LAND].certificates[0].distrusted_after == when


def test_a_withdrawn_authority_might_issue_only_before(hub):
    since = hub.hub.clock.seconds + 100
    save_decisions(hub.objects, Decisions().with_withdrawal(Withdrawal(POLICE, IDENTITY, since, "law", since)))
    hub.hub.clock.advance(DAY)
    found = hub.publish()
    assert verdict(found, POLICE, since - 1) == "OK"
    assert verdict(found, POLICE, since) == "ISSUER_NOT_AUTHORISED"


def test_decisions_come_back_whole_and_the_earliest_counts(hub):
    assert load_decisions(hub.objects) == Decisions()
    made = (
        Decisions()
        .with_withdrawal(Withdrawal(POLICE, "", 5, "a", 9))
        .with_withdrawal(Withdrawal(LAND, IDENTITY, 6, "b", 9))
        .with_distrust(Distrust(Subject.ROOT, "x", 7, "c", 9))
        .with_distrust(Distrust(Subject.ROOT, "x", 4, "d", 9))
    )
    save_decisions(hub.objects, made)
    assert load_decisions(hub.objects) == made
    assert made.distrusted_after(Subject.ROOT, "x") == 4
    assert made.distrusted_after(Subject.KEY, "x") is None
    assert made.withdrawn_since(POLICE, IDENTITY) == 5
    assert made.withdrawn_since(LAND, "other") is None
    hub.objects.replace(DECISIONS, b'{"withdrawals":[],"distrusts":[{"subject":"moon","name":"x"}]}')
    with pytest.raises(FormatError):
        load_decisions(hub.objects)


def test_names_of_lists_tell_their_sequence(hub):
    assert sequence_of(list_name(7)) == 7
    assert sequence_of("trust/lists/x.jwt") == sequence_of("trust/list.jwt") == 0
    assert last_sequence(hub.objects) == next_sequence(hub.objects, 0) == 0
    for _ in range(2):
        hub.publish()
    assert (next_sequence(hub.objects, 0), next_sequence(hub.objects, 1), next_sequence(hub.objects, 2)) == (1, 2, 0)


def test_keys_are_named_by_their_thumbprints(hub):
    assert [jwk.kid for jwk in hub.publish().trust_keys] == [thumbprint(hub.keys.public_key("trust-list"))]
