"""Worlds that many unit tests begin with: keys, the licence rooms' city, a worker's desk, and a receiver of events."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from signer.keys.files import FileKeyBackend
from tests.fakes.edge_world import Desk
from tests.fakes.licence_world import World, open_keys, open_world
from tests.fakes.webhook_world import Machine, Receiver


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    """A folder of keys for every world: deriving its key takes longer than a test. Who rotates keys has its own."""
    return open_keys(tmp_path_factory.mktemp("keys") / "keys")


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        yield world


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture
def case(world: World) -> str:
    """A case whose applicant has an identity card and a deed."""
    holder = world.person()
    world.issue(holder)
    world.issue_deed(holder)
    return world.open_case(holder)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(tmp_path) as receiver:
        yield receiver


@pytest.fixture
def machine(world: World, receiver: Receiver) -> Iterator[Machine]:
    with Machine(world, receiver) as machine:
        yield machine
