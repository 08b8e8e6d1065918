"""``onceonly trust`` and the rotating of keys, by their commands, on a hub that is not served."""

import json

import pytest
from cryptography import x509

from exchange.audit.proofs import log_vkeys
from exchange.cli import main
from exchange.config import load
from exchange.installation import open_keys
from exchange.layout import layout
from signer.trust_keeper import Anchors, TrustKeeper
from storage.objects.files import FileObjects

AUTHORITY = "11990100MB0000123Q"
CONFIG = ("--config", "onceonly.toml")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    (folder / "onceonly.toml").write_text('[hub]\nname = "https://hub.test"\n')
    assert main(["init", "--config", str(folder / "onceonly.toml")]) == 0
    return folder


@pytest.fixture
def hub(template, tmp_path, monkeypatch, capsys):
    """A copy of a new hub; its commands run in the folder."""
    import shutil

    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    return tmp_path


@pytest.fixture
def onceonly(capsys, hub):
    def run(*words, code=0):
        found = main(words)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert found == code, out + err
        return out + err

    return run


def published(hub, name="trust/list.jwt"):
    objects = FileObjects(hub / "data" / "objects")
    try:
        return objects.get(name)
    finally:
        objects.close()


def seal(onceonly):
    onceonly("keys", "seal", AUTHORITY, "--name", "清河市数据局")


def test_init_publishes_the_first_list(hub, onceonly):
    shown = json.loads(onceonly("trust", "show", "--json"))
    assert (shown["hub"], shown["sequence"]) == ("https://hub.test", 1)
    assert {each["entry"] for each in shown["entries"]} == {"trust key", "root", "key", "log"}
    assert "https://hub.test, list 1" in onceonly("trust", "show")
    assert json.loads(onceonly("trust", "publish", "--dry-run", "--json"))["changes"] == []


def test_a_seal_reaches_the_next_list(hub, onceonly):
    seal(onceonly)
    assert "nothing was published" in onceonly("trust", "publish", "--dry-run")
    out = onceonly("trust", "publish")
    assert f"added: seal {AUTHORITY}" in out
    assert "published list 2" in out


def test_what_would_be_lost_needs_a_yes(hub, onceonly):
    seal(onceonly)
    onceonly("trust", "publish")
    for path in (hub / "data" / "objects" / "seals").rglob("*.pem"):
        path.unlink()
    assert "would go away" in onceonly("trust", "publish", code=1)
    assert "published list 3" in onceonly("trust", "publish", "--yes")


def test_a_stolen_seal_is_distrusted_by_the_beginning_of_its_digest(hub, onceonly):
    seal(onceonly)
    onceonly("trust", "publish")
    (entry,) = [each for each in json.loads(onceonly("trust", "show", "--json"))["entries"] if each["entry"] == "seal"]
    digest = entry["name"].split()[1]
    words = ("trust", "distrust", digest[:12], "--reason", "stolen")
    assert "changed: seal" in onceonly(*words, "--after", "2026-01-01T00:00:00+08:00")
    (entry,) = [each for each in json.loads(onceonly("trust", "show", "--json"))["entries"] if each["entry"] == "seal"]
    assert entry["distrusted_after"] == "2025-12-31T16:00:00+00:00"
    assert "that is not put later" in onceonly(*words, code=2)
    onceonly(*words, "--after", "1000")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("distrust", "ffffffff", "--reason", "x"), "names 0 seals"),
        (("distrust", "f", "--reason", "x"), "at least 8 characters"),
        (("withdraw", AUTHORITY, "--reason", "x"), "names no authority"),
        (("fetch", "absent", "--into", "x"), "is no folder"),
        (("fetch", "http://hub.example", "--into", "x"), "not https"),
    ],
)
def test_what_cannot_be_done_is_said(hub, onceonly, words, sentence):
    assert sentence in onceonly("trust", *words, code=1 if words[0] == "fetch" else 2)


def test_reasons_and_times_are_checked(hub, onceonly):
    (root,) = [each for each in json.loads(onceonly("trust", "show", "--json"))["entries"] if each["entry"] == "root"]
    words = ("trust", "distrust", root["name"], "--reason")
    assert "1 to 500 characters" in onceonly(*words, "", code=2)
    for time, sentence in (("soon", "is written as"), ("2026-01-01", "is written as"), ("9999999999", "in the future")):
        assert sentence in onceonly(*words, "x", "--after", time, code=2)


def test_a_withdrawal_reaches_the_list(hub, onceonly):
    seal(onceonly)
    onceonly("trust", "publish")
    assert "published list 3" in onceonly("trust", "withdraw", AUTHORITY, "--reason", "law changed")


def test_a_directory_is_fetched_from_a_copy(hub, onceonly):
    objects = str(hub / "data" / "objects")
    done = json.loads(onceonly("trust", "fetch", objects, "--into", "trust", "--json"))
    assert done["sequence"] == 1
    assert len(done["pinned"]) == 64
    assert "list 1 of https://hub.test" in onceonly("trust", "fetch", objects, "--into", "trust")
    assert "taken on trust" in onceonly("trust", "fetch", objects, "--into", "other")


def test_every_key_rolls_over_by_commands(hub, onceonly):
    anchors = Anchors.from_json(published(hub, "trust/anchors.json"))
    keeper = TrustKeeper(anchors.public_keys(), hub=anchors.hub)
    keeper.follow(published(hub))
    for key in ("receipts", "status-lists", "master", "log", "trust-list"):
        assert f"{key} is at version 2" in onceonly("keys", "rotate", key)
    assert "hub-ca is at version 2" in onceonly("keys", "hub-ca", "--rotate")
    assert "say --rotate" in onceonly("keys", "hub-ca", code=2)
    seal(onceonly)
    onceonly("trust", "publish")
    during = keeper.follow(published(hub))
    assert [len(during.trust_keys), len(during.roots), len(during.logs), len(during.keys)] == [2, 2, 2, 4]
    assert "published list 3" in onceonly("trust", "publish")
    after = keeper.follow(published(hub))
    assert len(after.trust_keys) == 1
    assert "the log is signed by" in onceonly("keys", "retire", "log")
    assert "rotate it first" in onceonly("keys", "retire", "log", code=2)
    assert "only the log's key" in onceonly("keys", "retire", "receipts", code=2)
    onceonly("trust", "publish")
    ended = keeper.follow(published(hub)).logs
    assert sorted(log.term.until is None for log in ended) == [False, True]
    assert "list 4, in force" in onceonly("doctor", code=1)  # its catalogue is empty, and nothing else is wrong


def test_an_interrupted_rotation_of_the_log_is_gone_on_with(hub, onceonly):
    config = load(hub / "onceonly.toml")
    open_keys(config).rotate("log")
    assert "log is at version 2" in onceonly("keys", "rotate", "log")
    objects = FileObjects(layout(config).objects)
    assert len(log_vkeys(objects)) == 2
    objects.close()


def test_seals_under_both_roots_are_listed(hub, onceonly):
    seal(onceonly)
    old = x509.load_pem_x509_certificate(published(hub, f"seals/{AUTHORITY}.pem"))
    onceonly("keys", "hub-ca", "--rotate")
    seal(onceonly)
    new = x509.load_pem_x509_certificate(published(hub, f"seals/{AUTHORITY}.pem"))
    roots = [x509.load_pem_x509_certificate(published(hub, f"authorities/hub-ca{n}.pem")) for n in ("", "-2")]
    for certificate, root in zip((old, new), roots, strict=True):
        certificate.verify_directly_issued_by(root)
    assert onceonly("keys", "trust").count("authorities/") == 2


def test_a_hub_of_an_earlier_version_is_completed(hub, onceonly):
    for path in (hub / "data" / "keys").glob("*-list*.pem"):
        path.unlink()
    shutil_lists = hub / "data" / "objects" / "trust"
    for path in sorted(shutil_lists.rglob("*")):
        if path.is_file():
            path.unlink()
    assert "run `onceonly keys complete`" in onceonly("serve", code=2)
    assert "made trust-list, status-lists" in onceonly("keys", "complete")
    assert "no key is missing" in onceonly("keys", "complete")
    assert "no trust list was published yet" in onceonly("trust", "show", code=1)
    assert "no trust list was ever published" in onceonly("doctor", code=1)
    assert "published list 1" in onceonly("trust", "publish")


def test_the_doctor_notices_what_a_list_no_longer_says(hub, onceonly):
    def trust(code=0):
        found = json.loads(onceonly("doctor", "--json", code=code))
        return [(each["level"], each["text"]) for each in found if each["check"] == "trust"]

    assert {level for level, _ in trust(1)} == {"ok"}  # the catalogue is empty, which is another problem
    seal(onceonly)
    assert any("added seal" in text for level, text in trust(1) if level == "notice")
    onceonly("trust", "publish", "--days", "3")
    assert any("ends on" in text for level, text in trust(1) if level == "notice")
