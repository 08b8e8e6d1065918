"""``onceonly sd-jwt verify``: any SD-JWT (RFC 9901) of any type, offline, by one public key.

Rules:
1. The key decides the algorithm, never the token. The token's ``typ`` may be anything: this is no licence's check.
2. Key Binding is checked against audience and nonce when it is required (RFC 9901 section 7.3), and never because the
   token happens to carry it. One that nobody required must still be the holder's own, made for this presentation:
   what is broken is not called verified.
3. Standard input is read up to the size that a token may have, and no further.
"""

import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.cli.failures import FAILED, UseError
from exchange.cli.options import Json
from exchange.cli.output import write_json
from signer import base64url, jws
from signer.algorithms import PublicKey, public_from_jwk, suite_of
from signer.errors import FormatError, SdJwtError
from signer.sdjwt import MAX_TOKEN_BYTES, KeyBindingExpectation, Verified, verify, verify_json
from signer.strict_json import canonical, load_object

app = typer.Typer(no_args_is_help=True)

_MAX_JWK_BYTES: Final = 16 * 1024


@app.callback()
def _group() -> None:
    """Verify any SD-JWT (RFC 9901) offline."""


@app.command("verify")
def verify_token(
    *,
    jwk: Annotated[Path, typer.Option(help="The issuer's public key, a JWK (P-256 or Ed25519).")],
    at: Annotated[
        int | None, typer.Option(min=0, max=2**53, help="The time to check exp and nbf at, in seconds since 1970; now.")
    ] = None,
    require_kb: Annotated[
        bool, typer.Option("--require-kb", help="Require Key Binding; needs --aud and --nonce.")
    ] = False,
    aud: Annotated[str, typer.Option(help="The audience that the Key Binding JWT must name.")] = "",
    nonce: Annotated[str, typer.Option(help="The nonce that the Key Binding JWT must carry.")] = "",
    json: Json = False,
) -> None:
    """Verify the SD-JWT on standard input (compact, or JWS JSON) and print its processed payload as JSON.

    Exit code 0: it verified. 1: it did not, with the reason. Status lists and certificate chains are not looked at.
    """
    if require_kb != bool(aud and nonce) or bool(aud) != bool(nonce):
        raise UseError("--require-kb, --aud and --nonce belong together: give all three or none.")
    public = _issuer_key(jwk)
    expected = KeyBindingExpectation(aud, nonce) if require_kb else None
    try:
        verified = _verified(_token(), public, int(time.time()) if at is None else at, expected)
    except SdJwtError as error:
        if json:
            write_json({"code": error.code, "message": error.message, "verified": False})
        sys.stderr.write(f"onceonly: {error}\n")
        raise typer.Exit(FAILED) from None
    write_json(dict(verified.payload))


def _issuer_key(path: Path) -> PublicKey:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_JWK_BYTES + 1)
        return public_from_jwk(load_object(content, max_bytes=_MAX_JWK_BYTES))
    except OSError as error:
        raise UseError(f"--jwk: {path} cannot be read: {error.strerror}.") from error
    except FormatError as error:
        raise UseError(f"--jwk: {path} holds no public key that can be used: {error.message}.") from error


def _token() -> bytes:
    """What stands on standard input, without white space around it."""
    content = sys.stdin.buffer.read(MAX_TOKEN_BYTES + 2)
    if len(content) > MAX_TOKEN_BYTES + 1:
        raise SdJwtError("TOKEN_TOO_LARGE", f"more than {MAX_TOKEN_BYTES} bytes")
    return content.strip(b" \t\r\n")


def _verified(token: bytes, public: PublicKey, at: int, expected: KeyBindingExpectation | None) -> Verified:
    whole, bare, key_binding = _documents(token)
    if expected is not None or not key_binding:
        return _checked(whole, public, at, expected)
    unasked = _as_claimed(key_binding)
    _checked(whole, public, None, unasked)
    return _checked(bare, public, at, None)


def _checked(token: bytes, public: PublicKey, at: int | None, expected: KeyBindingExpectation | None) -> Verified:
    alg = suite_of(public).name
    if token.startswith(b"{"):
        return verify_json(token, public, alg, at=at, typ=None, require_key_binding=expected)
    return verify(_text(token), public, alg, at=at, typ=None, require_key_binding=expected)


def _documents(token: bytes) -> tuple[bytes, bytes, str]:
    """The token, the token without Key Binding, and its Key Binding JWT (empty if there is none)."""
    if not token.startswith(b"{"):
        bare, tilde, proof = token.rpartition(b"~")
        return token, bare + tilde, _text(proof) if tilde else ""
    try:
        document = load_object(token, max_bytes=MAX_TOKEN_BYTES, max_depth=6)
    except FormatError as error:
        raise SdJwtError(error.code, error.message) from error
    signatures = document.get("signatures", [document])
    first = signatures[0] if isinstance(signatures, list) and signatures else {}
    header = first.get("header", {}) if isinstance(first, dict) else {}
    key_binding = header.pop("kb_jwt", "") if isinstance(header, dict) else ""
    return token, canonical(document), key_binding if isinstance(key_binding, str) else ""


def _as_claimed(key_binding: str) -> KeyBindingExpectation:
    """Rule 2: audience and nonce as the Key Binding JWT itself has them, so that only the rest is checked."""
    try:
        payload = jws.split(key_binding, max_bytes=MAX_TOKEN_BYTES).payload
        claims = load_object(base64url.decode(payload), max_bytes=MAX_TOKEN_BYTES)
    except FormatError as error:
        raise SdJwtError(f"KB_{error.code}", error.message) from error
    audience, nonce = claims.get("aud"), claims.get("nonce")
    if not isinstance(audience, str) or not isinstance(nonce, str):
        raise SdJwtError("KB_AUDIENCE", "the Key Binding JWT has no aud or no nonce")
    return KeyBindingExpectation(audience, nonce)


def _text(token: bytes) -> str:
    try:
        return token.decode("ascii")
    except UnicodeDecodeError as error:
        raise SdJwtError("TOKEN_NOT_ASCII", "an SD-JWT is ASCII") from error
