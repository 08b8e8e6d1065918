"""A hub heeds its own trust list: what a stolen seal signs fails online, what was on record before stays good."""

from dataclasses import replace

import pytest

from exchange.certification import rotate_hub_authority
from exchange.errors import RefusedError
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.exchange_room import FetchRequest
from exchange.licences.fetch import fetch_licence
from exchange.licences.opening import CredentialOpener
from exchange.licences.receipts import ReceiptKeys
from exchange.licences.seal_archive import SealArchive
from exchange.licences.seals import certified_kid
from exchange.licences.verify import VerifyRequest, VerifyRoom, verify_credential
from exchange.reasons import Reason
from exchange.trust.decisions import Distrust, Subject, load_decisions, save_decisions
from exchange.trust.fresh_keys import FreshKeys
from exchange.trust.places import ANCHORS, list_name
from exchange.trust.standing import NO_LIST, Standing, always_trusted
from exchange.trust.watch import TrustWatch
from signer import credential
from signer.errors import FormatError, KeyBackendError
from signer.report import CheckName, Outcome
from signer.trust import SealTrust
from storage.errors import StorageUnavailableError
from tests.fakes.licence_world import HUB, IDENTITY, POLICE, SERVICE_CENTRE, open_keys, open_world
from tests.fakes.running_hub import until
from tests.fakes.trusting_hub import open_trusting_hub

DAY = 86_400


class Heeding:
    """A world whose rooms ask ``standing``, as a test sets it."""

    def __init__(self, world):
        self.world = world
        self.standing = NO_LIST
        issuers = AuthorisedIssuers(world.hub.catalogue)
        keys = ReceiptKeys(world.keys).current
        rooms = (keys, world.receipts, SealArchive(world.objects, world.trust), world.seconds)
        self.room = VerifyRoom(
            HUB, world.store, world.trust, issuers, world.tagger, *rooms, standing=lambda: self.standing
        )
        opener = CredentialOpener(world.store, world.trust, world.seconds.demands, standing=lambda: self.standing)
        self.exchange = replace(world.exchange_room, opener=opener)

    def distrust(self, time, issued):
        seal = self.seal(issued)
        self.standing = replace(NO_LIST, sequence=1, seals={seal.sha256: time})

    def seal(self, issued):
        report = credential.check(issued.credential, trust=self.world.trust, at=0)
        assert report.issuer is not None
        return report.issuer

    def code(self, text):
        """What the check of the issuer says."""
        caller = self.world.hub.caller(SERVICE_CENTRE, None)
        report = self.world.hub.run(caller, verify_credential, self.room, VerifyRequest(text, "", 0)).report
        (check,) = [check for check in report.checks if check.name is CheckName.ISSUER_AUTHORISED]
        assert check.message.zh
        return check.code, report.outcome

    def fetch(self, case):
        return self.world.as_clerk(fetch_licence, self.exchange, FetchRequest(case, "identity", ("name",), ""))


@pytest.fixture
def heeding(tmp_path, keys):
    with open_world(tmp_path, keys=keys) as world:
        yield Heeding(world)


def forged(world, issued, issue_time, **changes):
    """What a thief of the seal signs, without the hub."""
    seal = world.seals.seal(POLICE)
    visible = credential.Licence(
        issuer=POLICE,
        licence_type=f"{HUB}/licenceTypes/{IDENTITY}/revisions/1",
        identifier=issued.view.licence.identifier,
        hub=HUB,
        issue_time=issue_time,
        start_time=issue_time,
        expire_time=None,
        status_uri=f"{HUB}/status/x",
        status_index=1,
    )
    return credential.build(replace(visible, **changes), {"name": "x"}, {}, seal.header, seal.signer.sign).token


def test_without_a_list_everything_is_as_before(heeding):
    issued = heeding.world.issue(heeding.world.person())
    assert heeding.code(issued.credential) == ("OK", Outcome.PASSED)
    assert always_trusted() is NO_LIST


def test_what_was_on_record_before_stays_good_and_the_rest_fails(heeding):
    world = heeding.world
    before = world.issue(world.person())
    at = world.hub.clock.seconds
    world.hub.clock.advance(DAY)
    stolen = world.hub.clock.seconds
    world.hub.clock.advance(DAY)
    after = world.issue(world.person())
    heeding.distrust(stolen, before)
    assert heeding.code(before.credential) == ("OK", Outcome.PASSED)
    assert heeding.code(after.credential) == ("SEAL_DISTRUSTED", Outcome.FAILED)
    backdated = forged(world, before, at)  # another content under a known identifier
    assert heeding.code(backdated) == ("SEAL_DISTRUSTED", Outcome.FAILED)
    unknown = forged(world, before, at, identifier=before.view.licence.identifier[:-3] + "9.0")
    assert heeding.code(unknown) == ("SEAL_DISTRUSTED", Outcome.FAILED)
    elsewhere = forged(world, before, at, hub="https://other.example")
    assert heeding.code(elsewhere) == ("SEAL_DISTRUSTED_UNPROVEN", Outcome.INDETERMINATE)
    world.hub.write(world.hub.vault.destroy(world.store.owner(before.view.licence.holders[0])))
    assert heeding.code(before.credential) == ("SEAL_DISTRUSTED_UNPROVEN", Outcome.INDETERMINATE)


def test_a_record_that_was_made_later_proves_nothing(heeding):
    """A licence that says it was signed before, and was put on record only after the seal was stolen."""
    world = heeding.world
    issued = world.issue(world.person())
    heeding.distrust(world.hub.clock.seconds + 1, issued)
    assert heeding.code(issued.credential)[0] == "OK"
    licence = issued.view.licence
    late = replace(licence, history=(replace(licence.history[0], recorded_time=world.hub.clock.seconds + 1),))
    world.hub.write(world.store.replaced(late, 1))
    world.store.licences.forget(licence.identifier)
    assert heeding.code(issued.credential) == ("SEAL_DISTRUSTED", Outcome.FAILED)


def test_a_fetch_releases_only_what_was_on_record_before(heeding):
    world = heeding.world
    early, late = world.person(), world.person()
    issued = world.issue(early)
    world.hub.clock.advance(DAY)
    stolen = world.hub.clock.seconds
    world.issue(late)
    first, second = world.open_case(early), world.open_case(late)
    heeding.fetch(second)  # and is kept in memory, as proven
    heeding.distrust(stolen, issued)
    assert heeding.fetch(first).extract.presentation
    with pytest.raises(RefusedError) as caught:
        heeding.fetch(second)
    assert tuple(caught.value.reasons) == (Reason.SIGNATURE_FAILED,)


def test_a_withdrawn_right_ends_online_too(heeding):
    world = heeding.world
    issued = world.issue(world.person())
    heeding.standing = replace(NO_LIST, ends={(POLICE, IDENTITY, 1): world.hub.clock.seconds})
    assert heeding.code(issued.credential) == ("ISSUER_NOT_AUTHORISED", Outcome.FAILED)
    heeding.standing = replace(NO_LIST, ends={(POLICE, IDENTITY, 1): world.hub.clock.seconds + 1})
    assert heeding.code(issued.credential) == ("OK", Outcome.PASSED)


def test_an_unlisted_seal_is_distrusted_with_the_roots():
    standing = replace(NO_LIST, seals={"known": None}, unlisted=100)
    assert standing.distrusted_after("known") is None
    assert standing.distrusted_after("unknown") == 100


@pytest.fixture
def hub(tmp_path):
    with open_trusting_hub(tmp_path) as hub:
        yield hub


def watch(hub, trust=None, **options):
    return TrustWatch(hub.objects, trust or SealTrust([]), hub.keys.refresh, **options)


def stolen(hub):
    listed = hub.prospect().draft.trust_list
    digest = listed.authority_by_uscc[POLICE].certificates[0].sha256
    now = hub.hub.clock.seconds
    made = Distrust(Subject.CERTIFICATE, digest, now, "stolen", now)
    save_decisions(hub.objects, load_decisions(hub.objects).with_distrust(made))
    hub.publish()
    return digest, now


def test_a_watch_follows_what_is_published(hub):
    looking = watch(hub)
    looking.look()
    assert looking.standing() is NO_LIST
    hub.publish()
    looking.look()
    assert looking.standing().sequence == 1
    digest, when = stolen(hub)
    looking.look()
    assert looking.standing().distrusted_after(digest) == when
    assert watch(hub).standing() == looking.standing()  # a worker that starts now


def test_a_watch_follows_the_trust_keys_though_it_missed_some(hub):
    hub.publish()
    looking = watch(hub)
    for _ in range(2):
        hub.keys.rotate("trust-list")
        hub.publish()
        hub.publish()
    looking.look()
    assert looking.standing().sequence == 5


def test_a_list_that_nobody_signed_changes_nothing(hub):
    hub.publish()
    digest, when = stolen(hub)
    looking = watch(hub)
    hub.objects.create(list_name(3), hub.objects.get(list_name(1)))
    with pytest.raises(FormatError, match="ROLLED_BACK"):
        looking.look()
    hub.objects.replace(list_name(3), b"nonsense")
    with pytest.raises(FormatError):
        looking.look()
    assert looking.standing().distrusted_after(digest) == when
    with pytest.raises(FormatError):
        watch(hub)  # a worker does not start on what it cannot believe
    hub.objects.replace(ANCHORS, b"nonsense")
    with pytest.raises(FormatError):
        watch(hub)


def test_a_watch_adds_roots_for_seals_that_are_made_under_them(hub):
    trust = SealTrust([])
    hub.publish()
    looking = watch(hub, trust)
    rotate_hub_authority(hub.keys, hub.objects, "hub.qinghe.example", hub.now)
    hub.seal()
    looking.look()
    chain = hub.objects.get(f"seals/{POLICE}.pem")
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    leaf = x509.load_pem_x509_certificate(chain).public_bytes(Encoding.DER)
    header = {"kid": certified_kid(leaf), "x5c": credential.encode_x5c([leaf])}
    assert trust.validate(header, hub.hub.clock.seconds).seal.authority == POLICE


def test_a_store_that_is_away_leaves_everything_as_it_was(hub, monkeypatch):
    hub.publish()
    digest, when = stolen(hub)
    told = []
    looking = watch(hub, failed=told.append, poll_seconds=0.01)

    def away(*_, **__):
        raise StorageUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(hub.objects, "names", away)
        looking.start()
        until(lambda: told, "a look that failed")
        assert looking.standing().distrusted_after(digest) == when
    hub.publish()
    until(lambda: looking.standing().sequence == 3, "the list that came when the store was back")
    looking.stop()
    with pytest.raises(RuntimeError):
        looking.start()
    watch(hub).stop()


def test_keys_that_were_made_meanwhile_are_looked_for_but_not_all_day(hub, tmp_path):
    reader = open_keys(tmp_path / "keys")
    looks, clock, standing = [], [0.0], [NO_LIST]

    def refresh():
        looks.append(clock[0])
        reader.refresh()

    fresh = FreshKeys(lambda: reader.versions("receipts"), refresh, lambda: standing[0], lambda: clock[0])
    assert fresh.get("nobody") is None
    new = hub.keys.rotate("receipts")
    assert fresh.get(new.kid) is None  # one look a second
    clock[0] = 1.0
    assert fresh[new.kid] == new.public
    assert (len(fresh), set(fresh)) == (2, {info.kid for info in hub.keys.versions("receipts")})
    assert looks == [0.0, 1.0]
    standing[0] = replace(NO_LIST, distrusted_keys=frozenset({new.kid}))
    assert new.kid not in fresh

    def broken():
        raise KeyBackendError("gone")

    assert FreshKeys(lambda: (), broken, always_trusted).get("x") is None


def test_the_standing_under_a_list_names_what_ended(hub):
    found = hub.publish()
    standing = Standing.under(found)
    assert standing.unlisted is None
    assert standing.ends == {}
    assert not standing.withdrawn(POLICE, IDENTITY, 1, 5)
    assert all(after is None for after in standing.seals.values())
