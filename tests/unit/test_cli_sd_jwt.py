"""``onceonly sd-jwt verify``: every published token passes, what was changed does not."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.cli import main

VECTORS = Path(__file__).parents[1] / "vectors" / "sd-jwt"
DURING = "1700000000"


def published() -> list[Any]:
    return list(_published())


def _published() -> Iterator[Any]:
    for file in sorted(VECTORS.glob("*.json")):
        content = json.loads(file.read_text())
        for number, item in enumerate(content["tokens"]):
            if "processed_payload" in item:
                yield pytest.param(
                    item["issuer_jwk"], item["token"], item["processed_payload"], id=f"{file.stem}-{number}"
                )
        for number, item in enumerate(content["json_serialized"]):
            token = json.dumps(item["jws"])
            yield pytest.param(item["issuer_jwk"], token, item["processed_payload"], id=f"{file.stem}-json-{number}")


class Stdin(io.TextIOWrapper):
    """Standard input that holds these bytes."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(jwk: dict[str, str], token: str | bytes, *words: str) -> tuple[int, str, str]:
        (tmp_path / "issuer.jwk").write_text(json.dumps(jwk))
        content = token if isinstance(token, bytes) else token.encode()
        monkeypatch.setattr("sys.stdin", Stdin(content))
        code = main(["sd-jwt", "verify", "--jwk", str(tmp_path / "issuer.jwk"), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def with_key_binding() -> tuple[dict[str, str], str, dict[str, Any]]:
    content = json.loads((VECTORS / "sd-jwt-draft22-rfc9901.json").read_text())
    item = next(item for item in content["tokens"] if item["kind"] == "sd-jwt+kb")
    return item["issuer_jwk"], item["token"], item["processed_payload"]


def claims_of(jwt: str) -> dict[str, Any]:
    import base64

    payload = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.mark.parametrize(("jwk", "token", "payload"), published())
def test_every_published_token_passes(command: Any, jwk: dict[str, str], token: str, payload: dict[str, Any]) -> None:
    code, out, err = command(jwk, f"{token}\n", "--at", DURING)
    assert (code, err) == (0, "")
    assert json.loads(out) == payload


@pytest.mark.parametrize(("jwk", "token", "payload"), published())
def test_a_token_changed_anywhere_fails_with_a_reason(
    command: Any, jwk: dict[str, str], token: str, payload: dict[str, Any]
) -> None:
    # A second signature is by a key that nobody asks about: the verifier ignores it (RFC 9901 section 8).
    end = token.rfind('{"protected"') if token.count('"protected"') > 1 else len(token) - 2
    for place in range(8, end, max(1, len(token) // 12)):
        character = token[place]
        if not character.isalnum():
            continue
        changed = f"{token[:place]}{'A' if character != 'A' else 'B'}{token[place + 1 :]}"
        code, out, err = command(jwk, changed, "--at", DURING)
        assert code == 1, changed[place - 8 : place + 8]
        assert out == ""
        assert err.startswith("onceonly: ")


def test_key_binding_is_checked_when_required(command: Any) -> None:
    jwk, token, _ = with_key_binding()
    proof = claims_of(token.rpartition("~")[2])
    required = ("--require-kb", "--aud", proof["aud"], "--nonce", proof["nonce"], "--at", str(proof["iat"] + 60))
    assert command(jwk, token, *required)[0] == 0
    bare = token.rpartition("~")[0] + "~"
    assert "KEY_BINDING_MISSING" in command(jwk, bare, *required)[2]
    wrong = (*required[:-3], "other", *required[-2:])
    assert "KB_NONCE" in command(jwk, token, *wrong)[2]
    assert "KB_FROM_FUTURE" in command(jwk, token, *required[:-1], str(proof["iat"] - 3600))[2]


def test_key_binding_that_nobody_required_must_not_be_broken(command: Any) -> None:
    jwk, token, payload = with_key_binding()
    code, out, _ = command(jwk, token, "--at", DURING)
    assert (code, json.loads(out)) == (0, payload)
    issuer, *disclosures, proof = token.split("~")
    fewer = "~".join([issuer, *disclosures[1:], proof])
    assert "KB_SD_HASH" in command(jwk, fewer, "--at", DURING)[2]
    assert "KB_JWS_PARTS" in command(jwk, "~".join([issuer, *disclosures, "none"]), "--at", DURING)[2]
    assert "KB_JWS_PARTS" in command(jwk, token.rpartition("~")[0], "--at", DURING)[2]  # no final tilde
    assert "KB_AUDIENCE" in command(jwk, "~".join([issuer, *disclosures, "e30.e30.e30"]), "--at", DURING)[2]


def test_times_are_checked_at_the_time_asked(command: Any) -> None:
    jwk, token, payload = with_key_binding()
    bare = token.rpartition("~")[0] + "~"
    assert "EXPIRED" in command(jwk, bare, "--at", str(payload["exp"] + 1))[2]
    assert command(jwk, bare, "--at", str(payload["exp"] - 1))[0] == 0


def test_failure_as_json(command: Any) -> None:
    jwk, _, _ = with_key_binding()
    code, out, err = command(jwk, "not a token", "--json")
    assert code == 1
    assert json.loads(out) == {
        "code": "TILDE_MISSING",
        "message": json.loads(out)["message"],
        "verified": False,
    }
    assert "TILDE_MISSING" in err


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (b"", "TILDE_MISSING"),
        (b"\xff~", "TOKEN_NOT_ASCII"),
        (b"~\xff", "TOKEN_NOT_ASCII"),
        (b"{", "JSON_INVALID"),
        (b'{"payload":"e30","payload":"e30"}', "JSON_DUPLICATE_MEMBER"),
        (b"{}", "JSON_FORM"),
        (b'{"signatures":[]}', "JSON_FORM"),
        (b'{"header":{"kb_jwt":1},"payload":"e30","protected":"e30","signature":"e30"}', "JSON_FORM"),
        (b'{"header":7,"payload":"e30","protected":"e30","signature":"e30"}', "JSON_FORM"),
        (b"[" * 200_000, "TOKEN_TOO_LARGE"),
    ],
)
def test_hostile_input_is_refused_with_a_reason(command: Any, token: bytes, reason: str) -> None:
    jwk, _, _ = with_key_binding()
    code, _, err = command(jwk, token)
    assert code == 1
    assert reason in err


def test_wrong_use(command: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jwk, token, _ = with_key_binding()
    assert command(jwk, token, "--require-kb")[0] == 2
    assert command(jwk, token, "--aud", "me")[0] == 2
    assert command(jwk | {"d": "AAAA"}, token)[0] == 2
    assert main(["sd-jwt", "verify", "--jwk", str(tmp_path / "absent")]) == 2
    assert "cannot be read" in capsys.readouterr().err
