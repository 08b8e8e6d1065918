"""What comes from outside, whatever it is: a verifier refuses it in its own words, or judges it, and never breaks."""

import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.evidence.package import (
    MANIFEST,
    EvidenceFile,
    Item,
    Kind,
    Manifest,
    is_name,
    read_manifest,
    write_manifest,
)
from exchange.offline.errors import UnusableError
from exchange.offline.evidence import verify_evidence
from exchange.offline.log_proof import LogEvidence, proven_entry, read_proof
from exchange.offline.status_folder import decode_seen, encode_seen
from exchange.offline.trust_folder import TrustFolder
from exchange.offline.verifying import Question, Submission, Verifier
from signer.errors import FormatError
from signer.report import Check, Outcome
from tests.fakes.licence_world import open_keys
from tests.fakes.proven_city import open_city, write_package

QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
TEXTS = st.text(max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,9}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,9}){0,2}", fullmatch=True)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    keys = open_keys(tmp_path_factory.mktemp("keys") / "keys")
    with open_city(tmp_path_factory.mktemp("city"), keys=keys, start=int(time.time())) as city:
        yield city


@pytest.fixture(scope="module")
def holding(city):
    issued = city.issue()
    city.publish()
    return issued


@pytest.fixture(scope="module")
def package(city, holding, tmp_path_factory):
    return write_package(tmp_path_factory.mktemp("evidence") / "package", city.licence_evidence(holding))


@pytest.fixture(scope="module")
def judge(city, holding, tmp_path_factory):
    opened = TrustFolder(city.trust_folder(tmp_path_factory.mktemp("trust")), city.now).opened
    return Verifier(opened.trust_list, opened.status)


def mutated(content, place, byte):
    at = place % len(content)
    return content[:at] + bytes([byte]) + content[at + 1 :]


@given(st.binary(max_size=300) | JSON.map(lambda value: repr(value).encode()))
@settings(max_examples=100)
def test_a_manifest_is_read_or_refused(content):
    with suppress(FormatError):
        read_manifest(content)


@given(
    st.builds(
        Manifest,
        subject=TEXTS,
        hub=TEXTS,
        time=st.integers(0, 2**37),
        reason=TEXTS,
        items=st.lists(
            st.builds(
                Item,
                folder=st.integers(1, 99).map(lambda number: f"items/{number}"),
                kind=st.sampled_from(Kind),
                time=st.integers(0, 2**37),
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda item: item.folder,
        ).map(tuple),
        absent=st.lists(TEXTS, max_size=3).map(tuple),
    ),
    st.dictionaries(NAMES, st.binary(max_size=20), max_size=4),
)
@settings(max_examples=60)
def test_a_manifest_comes_back_whole(manifest, files):
    content = write_manifest(manifest, [EvidenceFile(name, body) for name, body in files.items()]).content
    read = read_manifest(content)
    assert set(read.files) == set(files)
    assert (read.subject, read.reason, read.items, read.absent) == (
        manifest.subject,
        manifest.reason,
        manifest.items,
        manifest.absent,
    )


@given(
    st.text(max_size=40) | st.sampled_from(["../x", "a/../b", "/etc/passwd", "a//b", "a/", ".hidden", "a/.b", "a\\b"])
)
@settings(max_examples=200)
def test_no_name_leads_out_of_the_folder(tmp_path_factory, name):
    if is_name(name):
        root = tmp_path_factory.getbasetemp()
        assert (root / name).resolve().is_relative_to(root.resolve())
        assert (root / name).resolve() == root.resolve() / name


@given(st.text(max_size=200), st.binary(max_size=80), st.binary(max_size=40))
@settings(max_examples=100)
def test_a_proof_is_read_or_refused(city, text, entry, salt):
    with suppress(FormatError):
        read_proof(text)
    assert isinstance(proven_entry(LogEvidence(entry, salt, text), city.trust_list()), Check)


@given(st.integers(0), st.integers(0, 255), st.sampled_from(["entry.bin", "salt.bin", "proof.txt"]))
@QUIET
def test_no_altered_proof_proves_anything(city, package, place, byte, name):
    """Only what the format says is not authenticated may change: the extra line, and signatures of strangers."""
    folder = package / "items/1/issue"
    parts = {each: (folder / each).read_bytes() for each in ("entry.bin", "salt.bin", "proof.txt")}
    changed = parts | {name: mutated(parts[name], place, byte)}
    text = changed["proof.txt"].decode("utf-8", "replace")
    found = proven_entry(LogEvidence(changed["entry.bin"], changed["salt.bin"], text), city.trust_list())
    if isinstance(found, Check) or changed == parts:
        return
    whole = parts["proof.txt"].decode()
    kept = [line for line in text.split("\n") if not line.startswith("extra ")]
    assert name == "proof.txt"
    assert kept == [line for line in whole.split("\n") if not line.startswith("extra ")]


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: f"OC1:{data.decode('latin-1')}"))
@QUIET
def test_any_text_gets_a_verdict(judge, text):
    found = judge.verify(Submission(text=text, receipt=text, second=text), Question(at=1))
    assert found.report.outcome is Outcome.FAILED
    assert not found.fields


@given(st.integers(0), st.integers(0, 255), st.data())
@QUIET
def test_an_altered_package_is_judged_and_does_not_pass(city, package, place, byte, data):
    name = data.draw(st.sampled_from(sorted(p.relative_to(package).as_posix() for p in package.rglob("*.*"))))
    path = package / name
    if not path.is_file() or name == "SHA256SUMS":
        return
    content = path.read_bytes()
    altered = mutated(content, place, byte)
    path.write_bytes(altered)
    try:
        report = verify_evidence(package, own=None, anchor=city.anchors_digest())
    except UnusableError:
        assert name == MANIFEST
    else:
        assert altered == content or name == MANIFEST or report.outcome is Outcome.FAILED
    finally:
        path.write_bytes(content)


@given(st.binary(max_size=100) | JSON.map(lambda value: repr(value).encode()))
@settings(max_examples=60)
def test_what_was_seen_is_read_or_refused(content):
    with suppress(FormatError):
        decode_seen(content)


@given(st.dictionaries(TEXTS, st.integers(0, 2**40), max_size=5))
@settings(max_examples=40)
def test_what_was_seen_comes_back(seen):
    assert decode_seen(encode_seen(seen)) == seen
