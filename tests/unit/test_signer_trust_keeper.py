"""What a verifier keeps: it never goes back, notices a fork, and follows the rollover of the list's own keys."""

from dataclasses import replace

import pytest

from signer.errors import FormatError
from signer.trust_keeper import Anchors, HighWater, TrustKeeper, anchors_digest
from tests.fakes.signing import Pair
from tests.fakes.trust_lists import FUTURE, HUB, ISSUED, TrustWorld, jwk_of


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return TrustWorld(tmp_path_factory.mktemp("trust"))


def numbered(world, sequence, *, names=(), by=None, **changes):
    """A list of that sequence, signed by a pair, naming those pairs as the next signers."""
    keys = tuple(jwk_of(pair) for pair in names) or (world.trust_jwk,)
    return world.token(replace(world.listed, sequence=sequence, trust_keys=keys, **changes), by)


def refused(code, action, *given):
    with pytest.raises(FormatError) as caught:
        action(*given)
    assert caught.value.code == code


def stored(keeper):
    """The mark as it comes back from a file."""
    mark = HighWater.from_json(keeper.high_water.to_json())
    assert mark == keeper.high_water
    return mark


def test_the_sequence_never_falls(world):
    keeper = TrustKeeper(world.anchors(), hub=HUB)
    assert keeper.high_water is None
    assert keeper.accept(numbered(world, 5), ISSUED).sequence == 5
    keeper.accept(numbered(world, 9), ISSUED)
    refused("TRUST_LIST_ROLLED_BACK", keeper.accept, numbered(world, 8), ISSUED)
    again = TrustKeeper(world.anchors(), stored(keeper))
    refused("TRUST_LIST_ROLLED_BACK", again.accept, numbered(world, 8), ISSUED)


def test_the_same_list_is_accepted_again_and_another_of_its_sequence_is_a_fork(world):
    keeper = TrustKeeper(world.anchors())
    token = numbered(world, 5)
    keeper.accept(token, ISSUED)
    keeper.accept(token.encode(), ISSUED)
    refused("TRUST_LIST_FORKED", keeper.accept, numbered(world, 5, quorum=0), ISSUED)
    assert TrustKeeper(world.anchors(), stored(keeper)).accept(token, ISSUED).sequence == 5


def test_an_expired_list_is_refused_and_still_moves_the_mark(world):
    keeper = TrustKeeper(world.anchors())
    refused("TRUST_LIST_EXPIRED", keeper.accept, numbered(world, 6), ISSUED + 1000)
    refused("TRUST_LIST_ROLLED_BACK", keeper.accept, numbered(world, 5, expire_time=ISSUED + 9999), ISSUED + 1000)


def test_a_list_of_another_hub_is_refused(world):
    keeper = TrustKeeper(world.anchors(), hub="https://other.example")
    refused("TRUST_LIST_OF_OTHER_HUB", keeper.accept, world.token(), ISSUED)
    assert keeper.high_water is None


def test_keys_roll_over_by_overlap(world):
    new = Pair()
    both = numbered(world, 2, names=(world.trust, new))
    after = numbered(world, 3, names=(new,), by=new)
    keeper = TrustKeeper(world.anchors())
    keeper.accept(numbered(world, 1), ISSUED)
    refused("TRUST_LIST_KEY_UNKNOWN", keeper.accept, after, ISSUED)
    keeper.follow(both)
    keeper.accept(after, ISSUED)
    keeper.accept(after, ISSUED)
    # The old key signs nothing any more.
    refused("TRUST_LIST_KEY_UNKNOWN", keeper.accept, numbered(world, 4), ISSUED)
    resumed = TrustKeeper(world.anchors(), stored(keeper))
    assert resumed.accept(numbered(world, 4, names=(new,), by=new), ISSUED).sequence == 4


def test_a_verifier_who_slept_follows_the_lists_between_though_they_have_expired(world):
    new, newest = Pair(), Pair()
    late = {"issue_time": ISSUED + 5000, "expire_time": ISSUED + 9000}
    between = [numbered(world, 2, names=(world.trust, new)), numbered(world, 3, names=(new, newest), by=new)]
    latest = numbered(world, 4, names=(newest,), by=newest, **late)
    keeper = TrustKeeper(world.anchors())
    for token in between:
        keeper.follow(token)
    assert keeper.accept(latest, ISSUED + 6000).sequence == 4


def test_other_anchors_begin_anew(world):
    """Somebody stole the key and went ahead to a far sequence; a person pins new anchors and is free of it."""
    keeper = TrustKeeper(world.anchors())
    keeper.accept(numbered(world, 9_999_999_999), ISSUED)
    fresh = Pair()
    anchors = {jwk_of(fresh).kid: fresh.public}
    renewed = TrustKeeper(anchors, keeper.high_water)
    assert renewed.high_water is None
    assert renewed.accept(numbered(world, 8, names=(fresh,), by=fresh), ISSUED).sequence == 8
    refused("TRUST_LIST_KEY_UNKNOWN", renewed.accept, numbered(world, 9), ISSUED)


def test_anchors_come_back_whole(world):
    anchors = Anchors(HUB, (world.trust_jwk, FUTURE))
    assert Anchors.from_json(anchors.to_json()) == anchors
    assert dict(anchors.public_keys()) == world.anchors()
    assert anchors_digest(anchors.public_keys()) == anchors_digest(world.anchors())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"hub":"h","keys":[]}', b'{"hub":"h","keys":[{"kid":"k","alg":"SM9","kty":"EC"}]}']
)
def test_broken_anchors_and_marks_are_refused(data):
    with pytest.raises(FormatError):
        Anchors.from_json(data)
    with pytest.raises(FormatError):
        HighWater.from_json(data)


def test_a_mark_is_of_its_form(world):
    keeper = TrustKeeper(world.anchors())
    keeper.accept(world.token(), ISSUED)
    whole = keeper.high_water.to_json().decode()
    for old, new in (('"sequence":7', '"sequence":0'), (keeper.high_water.sha256, "x"), ('"keys"', '"key"')):
        with pytest.raises(FormatError):
            HighWater.from_json(whole.replace(old, new).encode())
