"""What is accepted never lacks a line that its guide asks for, whatever was done before and in whatever order."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.cases.materials import MAX_BYTES, Upload
from exchange.entities.case import CaseState
from exchange.entities.catalogue import Acceptance, EvidenceRequirement, Necessity
from exchange.entities.evidence import MediaType
from exchange.errors import InvalidError, RefusedError
from signer.keys.files import FileKeyBackend
from tests.fakes.licence_world import CITY, DEED, IDENTITY, World, line, open_keys, open_world
from tests.fakes.missing_world import PDF, Counter, upload

NAMES = ("a", "b", "c", "d")
FIELDS = {IDENTITY: ("name", "born", "citizen_id"), DEED: ("unit_number", "address")}
ACTIONS = ("fetch", "submit", "defer", "commit", "accept", "wait", "due")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    keys: FileKeyBackend = open_keys(tmp_path_factory.mktemp("keys"))
    with open_world(tmp_path_factory.mktemp("world"), keys=keys) as world:
        yield world


@st.composite
def lines(draw: st.DrawFn) -> tuple[EvidenceRequirement, ...]:
    found = []
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        code = draw(st.sampled_from((IDENTITY, DEED)))
        fields = draw(st.sets(st.sampled_from(FIELDS[code]), min_size=1))
        found.append(line(name, code, *fields, necessity=draw(st.sampled_from(list(Necessity)))))
    return tuple(found)


def has(known: set[str], one: EvidenceRequirement, all_lines: tuple[EvidenceRequirement, ...]) -> bool:
    """The model: the line itself, or one of the same type with all its fields, has something to show for."""
    return any(
        other.id in known and other.licence_type == one.licence_type and one.fields <= other.fields
        for other in all_lines
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines(), st.booleans(), st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(NAMES)), max_size=12))
def test_what_is_accepted_never_lacks_a_required_line(
    world: World, guide_lines: tuple[EvidenceRequirement, ...], held: bool, steps: list[tuple[str, str]]
) -> None:
    world.hub.publish(replace(CITY[-1], evidence=guide_lines, acceptance=Acceptance.COMPLETE))
    world.hub.clock.advance(7200)  # nobody's limits of the hour are left
    holder = world.person()
    if held:
        world.issue(holder)
    counter = Counter(world, world.open_case(holder))
    in_hand: set[str] = set()
    promised: set[str] = set()
    acts = {
        "fetch": lambda name: world.fetch(counter.case, name),
        "submit": counter.submit,
        "defer": counter.defer,
        "commit": counter.commit,
        "accept": lambda name: counter.accept(),
        "wait": lambda name: world.hub.clock.advance(86_400 * 9),
        "due": lambda name: counter.run_due(),
    }
    for action, name in steps:
        try:
            acts[action](name)
        except (RefusedError, InvalidError):
            continue
        if action in {"fetch", "submit"}:
            in_hand.add(name)
        if action in {"defer", "commit"}:
            promised.add(name)
        case = counter.view().case
        if case.state is CaseState.ACCEPTED:
            committed = {one.requirement for one in counter.view().evidence if one.commitment is not None}
            asked = [one for one in guide_lines if one.necessity is not Necessity.OPTIONAL]
            assert all(has(in_hand | committed, one, guide_lines) for one in asked)
            assert not any(one.waits for one in counter.view().evidence)
        if case.state is CaseState.AWAITING_EVIDENCE:
            assert any(one.waits for one in counter.view().evidence)
            asked = [one for one in guide_lines if one.necessity is Necessity.REQUIRED]
            assert all(has(in_hand | promised, one, guide_lines) for one in asked)
        if case.state in {CaseState.ACCEPTED, CaseState.LAPSED}:
            assert not [due for due in counter.due() if due.subject.startswith(counter.case)]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(list(MediaType)), st.booleans())
def test_any_bytes_are_judged_and_none_raise(content: bytes, media_type: MediaType, framed: bool) -> None:
    heads = {
        MediaType.PDF: (b"%PDF-1.4", b"%%EOF"),
        MediaType.PNG: (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"IEND\xaeB`\x82"),
        MediaType.JPEG: (b"\xff\xd8\xff", b"\xff\xd9"),
        MediaType.OFD: (b"PK\x03\x04", b""),
    }
    head, tail = heads[media_type]
    sent = upload(head + content + tail if framed else content, media_type)
    assert all(problem.field == "content" for problem in sent.problems())


@given(st.integers(0, len(PDF) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_another_file(place: int, flip: int) -> None:
    changed = bytearray(PDF)
    changed[place] ^= flip
    problems = Upload(MediaType.PDF, bytes(changed), upload().sha256).problems()
    assert "sha256" in {problem.field for problem in problems}
    assert len(PDF) < MAX_BYTES
