"""What a status list says of a licence is what the hub says online, on every engine whose records last."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from storage_engines import LASTING_RECORDS, open_records

from exchange.entities.licence import Licence, RevocationCause
from exchange.licences.authority import AuthorisedIssuers
from exchange.licences.issue import issue_licence
from exchange.licences.lifecycle import (
    Amendment,
    Transition,
    amend_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from exchange.licences.receipts import ReceiptKeys
from exchange.licences.room import IssuedLicence, LicenceView
from exchange.licences.seal_archive import SealArchive
from exchange.licences.status_index import LIST
from exchange.licences.store import LicenceStore
from exchange.licences.verify import VerifyRequest, VerifyRoom, verify_credential
from signer import sdjwt
from signer.keys.files import FileKeyBackend
from signer.report import CheckName, Outcome
from signer.status_keeper import StatusKeeper
from storage.objects.files import FileObjects
from tests.fakes.licence_world import HUB, IDENTITY, POLICE, SERVICE_CENTRE, World, open_keys, open_world
from tests.fakes.status_lists import Publisher

WHY = Transition("because", "Article 2", 0, RevocationCause.PENALTY)
WORDS = {"reason": "again", "legal_reference": ""}
OFFLINE = {"STATUS_REVOKED": "STATUS_INVALID", "STATUS_SUPERSEDED": "STATUS_INVALID"}
"""A list has one word for what the hub has two for; any other code is the same."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture(params=LASTING_RECORDS)
def world(request, tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys, records=open_records(request.param, tmp_path)) as world:
        yield world


@pytest.fixture
def publisher(world: World, tmp_path: Path) -> Iterator[Publisher]:
    with closing(FileObjects(tmp_path / "objects")) as objects:
        yield Publisher(world.hub.records, objects, world.keys, world.hub.clock)


def change(world: World, verb, view: LicenceView) -> LicenceView:
    return world.as_issuer(POLICE, verb, IDENTITY, view.licence.identifier, view.etag, WHY)


def renew(world: World, view: LicenceView) -> IssuedLicence:
    times = {"valid_from_time": 0, "valid_until_time": world.hub.clock.seconds + 86_400}
    return world.as_issuer(POLICE, renew_licence, IDENTITY, view.licence.identifier, view.etag, **times, **WORDS)


def amend(world: World, view: LicenceView) -> IssuedLicence:
    amendment = Amendment({"height": "1.70"}, None)
    return world.as_issuer(POLICE, amend_licence, IDENTITY, view.licence.identifier, view.etag, amendment, **WORDS)


def online(world: World, credential: str) -> tuple[Outcome, str]:
    issuers = AuthorisedIssuers(world.hub.catalogue)
    seals = SealArchive(world.objects, world.trust)
    rooms = (ReceiptKeys(world.keys).current, world.receipts, seals, world.seconds)
    room = VerifyRoom(HUB, world.store, world.trust, issuers, world.tagger, *rooms)
    caller = world.hub.caller(SERVICE_CENTRE, None)
    report = world.hub.run(caller, verify_credential, room, VerifyRequest(credential, "", 0)).report
    (status,) = (check for check in report.checks if check.name == CheckName.STATUS)
    return Outcome(status.outcome), OFFLINE.get(status.code, status.code)


def offline(world: World, publisher: Publisher, credential: str) -> tuple[Outcome, str]:
    keeper = StatusKeeper(max_age=7_200)
    for record in world.hub.records.scan(LIST):
        keeper.keep(publisher.opened(record.key))
    found = keeper.check(sdjwt.parse(credential).payload, world.hub.clock.seconds)
    return found.outcome, found.code


def test_online_and_list_agree_at_every_step_of_every_life(world: World, publisher: Publisher) -> None:
    issued = [world.issue(world.person()) for _ in range(7)]
    views = [one.view for one in issued]
    credentials = [one.credential for one in issued]
    said: set[str] = set()

    def agree() -> None:
        publisher.run()
        for credential in credentials:
            answer = online(world, credential)
            assert offline(world, publisher, credential) == answer
            said.add(answer[1])

    agree()
    for index in (1, 2, 3):
        views[index] = change(world, suspend_licence, views[index])
    agree()
    views[2] = change(world, reinstate_licence, views[2])
    views[3] = change(world, revoke_licence, views[3])
    views[4] = change(world, revoke_licence, views[4])
    world.hub.clock.advance(86_400)
    agree()
    for succeed, index in ((renew, 5), (amend, 6), (renew, 2)):
        successor = succeed(world, views[index])
        credentials.append(successor.credential)
        views.append(successor.view)
    agree()
    views[-1] = change(world, suspend_licence, views[-1])
    agree()
    assert said == {"OK", "STATUS_SUSPENDED", "STATUS_INVALID"}


def test_lists_follow_departments_that_work_at_the_same_time(world: World, publisher: Publisher) -> None:
    """Four workers issue, suspend and revoke while lists are published; in the end the list says what the hub says."""
    hub = world.hub
    rooms = [replace(world.room, store=LicenceStore(hub.records, world.objects, hub.vault, hub.blind)) for _ in "1234"]
    hub.caches.extend(cache for room in rooms for cache in (room.store.licences, room.store.holdings))
    people = [[world.person() for _ in range(5)] for _ in rooms]
    caller = hub.caller(POLICE, "issuer")
    credentials: list[str] = []
    failures: list[BaseException] = []

    def work(room, holders) -> None:
        try:
            for place, holder in enumerate(holders):
                new = world.identity(holder)
                issued = hub.run(caller, issue_licence, room, IDENTITY, new, validate_only=False)
                credentials.append(issued.credential)
                view = issued.view
                for verb in (suspend_licence, reinstate_licence, suspend_licence, revoke_licence)[:place]:
                    view = hub.run(caller, verb, room, IDENTITY, view.licence.identifier, view.etag, WHY)
        except BaseException as error:  # noqa: BLE001 told to the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(rooms, people, strict=True)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        publisher.task.run_once()
        time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert failures == []
    publisher.run()
    assert len(credentials) == 20
    answers = [online(world, credential) for credential in credentials]
    assert [offline(world, publisher, credential) for credential in credentials] == answers
    assert {code for _, code in answers} == {"OK", "STATUS_SUSPENDED", "STATUS_INVALID"}


def test_a_machine_that_joins_later_publishes_the_same(world: World, publisher: Publisher, tmp_path: Path) -> None:
    licence: Licence = change(world, suspend_licence, world.issue(world.person()).view).licence
    publisher.run()
    with closing(FileObjects(tmp_path / "others")) as objects:
        other = Publisher(world.hub.records, objects, world.keys, world.hub.clock)
        other.run()
        assert other.opened(licence.status_list).packed == publisher.opened(licence.status_list).packed
