"""``onceonly evidence export``: from a running hub into a folder that verifies without it."""

import json
import shutil
import stat
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from exchange.certification import seal_roots
from exchange.cli import main
from exchange.installation import open_keys
from exchange.licences.seals import chains_in
from exchange.stores import open_objects
from signer.algorithms import public_to_jwk, suite_of, thumbprint
from signer.certificates import der
from signer.trust_keeper import Anchors
from signer.trust_list import (
    HubKey,
    KeyUse,
    PublicJwk,
    Term,
    TrustedAuthority,
    TrustedCertificate,
    TrustedLog,
    TrustedRoot,
    TrustedType,
    TrustList,
)
from signer.trust_list_codec import sign_trust_list
from tests.fakes.signing import Pair
from tests.fakes.town import AUDIT, CLERK, LINE, MARKET, POLICE, Town

ALWAYS = Term(0)


@pytest.fixture
def onceonly(capsys: pytest.CaptureFixture[str], town: Town) -> Any:
    def run(department: str, operator: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        who = ["--profile", str(town.city.profile_path(department)), "--operator", operator] if department else []
        code = main([*words, *who])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


def trust_directory(town: Town, folder: Path) -> Path:
    """A verifier's trust in the running hub, made from what the hub's operator has."""
    trust = Pair()
    named = _jwk(trust.public)
    now = int(time.time())
    keys = open_keys(town.city.config)
    with closing(open_objects(town.city.config)) as objects:
        police = town.city.department(POLICE)
        pem = chains_in(objects)(police.uscc)
        assert pem is not None
        (seal,) = [der(each) for each in x509.load_pem_x509_certificates(pem)]
        listed = TrustList(
            hub=town.city.config.hub.name,
            issue_time=now,
            expire_time=now + 86_400,
            sequence=1,
            trust_keys=(named,),
            roots=tuple(TrustedRoot(certificate=root, term=ALWAYS) for root in seal_roots(objects)),
            authorities=(
                TrustedAuthority(
                    uscc=police.uscc,
                    name={"zh": police.name.zh, "en": police.name.en},
                    certificates=(
                        TrustedCertificate(sha256=sha256(seal).hexdigest(), kid="seal", term=ALWAYS, chain=(seal,)),
                    ),
                    types=(TrustedType(code=town.city.licence_type("identity-card").code, revision=1, term=ALWAYS),),
                ),
            ),
            keys=(HubKey(use=KeyUse.RECEIPTS, jwk=_jwk(keys.public_key("receipts")), term=ALWAYS),),
            logs=(TrustedLog(vkey=objects.get("log/vkey").decode().strip(), term=ALWAYS),),
        )
    folder.mkdir()
    token = sign_trust_list(listed, kid=named.kid, alg="ES256", sign=trust.sign)
    (folder / "trust-list.jwt").write_text(token)
    (folder / "anchors.json").write_bytes(Anchors(listed.hub, (named,)).to_json())
    return folder


def _jwk(public: Any) -> PublicJwk:
    return PublicJwk(thumbprint(public), suite_of(public).name, public_to_jwk(public), public)


def test_a_case_is_proven_with_what_was_fetched(town: Town, onceonly: Any, tmp_path: Path) -> None:
    name, _ = town.ready_case()
    held, out = tmp_path / "held", tmp_path / "evidence"
    assert onceonly(MARKET, CLERK, "fetch", name, LINE, "--out", str(held))[0] == 0
    words = ("evidence", "export", name, "--out", str(out), "--reason", "（2027）清01民初1号")
    code, said, err = onceonly(MARKET, CLERK, *words, "--extracts", str(held), "--json")
    assert code == 0, err
    assert "items/1/fetch/proof.txt" in json.loads(said)["files"]
    assert stat.S_IMODE((out / "manifest.json").stat().st_mode) == 0o600
    trust = trust_directory(town, tmp_path / "trust")
    code, said, err = onceonly("", "", "verify", str(out), "--trust", str(trust), "--json")
    answer = json.loads(said)
    found = {check["name"]: check["code"] for check in answer["items"][0]["checks"]}
    assert (code, answer["outcome"]) == (0, "PASSED"), found
    assert found["purpose_binding"] == found["log_inclusion"] == "OK"
    # The folder is new, the case is the caller's, and the extracts are the case's.
    assert onceonly(MARKET, CLERK, *words, "--extracts", str(held))[0] == 2
    other, _ = town.ready_case()
    elsewhere = ("evidence", "export", other, "--out", str(tmp_path / "other"), "--reason", "x")
    code, _, err = onceonly(MARKET, CLERK, *elsewhere, "--extracts", str(held))
    assert (code, "extracts[0].receipt" in err) == (1, True)
    assert not (tmp_path / "other").exists()


def test_a_licence_is_proven_by_its_issuer(town: Town, onceonly: Any, tmp_path: Path) -> None:
    card = town.issue_card(town.head(town.organisation()))
    out = tmp_path / "evidence"
    words = ("evidence", "export", card.name, "--out", str(out), "--reason", "行政复议")
    code, said, err = onceonly(POLICE, "issuer-1", *words)
    assert code == 0, err
    assert said.startswith(f"{out}: ")
    trust = trust_directory(town, tmp_path / "trust")
    assert onceonly("", "", "verify", str(out), "--trust", str(trust))[0] == 0
    shutil.rmtree(out)
    code, _, err = onceonly(AUDIT, "auditor-1", *words)
    assert (code, "ROLE_MISSING" in err, out.exists()) == (1, True, False)


@pytest.mark.parametrize("name", ["licenceTypes/x/licences/y", "cases/x"])
def test_wrong_use_is_told(onceonly: Any, tmp_path: Path, name: str) -> None:
    extracts = ["--extracts", str(tmp_path)] if name.startswith("licence") else []
    words = ("evidence", "export", name, "--out", str(tmp_path / "x"), "--reason", "x", *extracts)
    code, _, err = onceonly(MARKET, CLERK, *words)
    assert (code, "--extracts" in err) == (2, True)
    code, _, err = onceonly(MARKET, CLERK, *words[:2], "cases/x", *words[3:7], "--extracts", str(tmp_path))
    assert (code, ".sd-jwt" in err) == (2, True)
