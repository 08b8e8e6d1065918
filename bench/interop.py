"""Ours beside the two SD-JWT libraries that anyone else would take: ``sd-jwt`` (pip) and ``@sd-jwt/core`` (npm).

One credential with 8 disclosable fields is issued, and verified with 2 of them disclosed, under one ES256 key, in
rounds taken in turn. The peers do less: see ``tests/unit/test_signer_sdjwt_rejections.py`` for what they accept. What
cannot be had on a machine is said and left out.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from bench.crypto import ALWAYS, FIELDS
from bench.results import Results
from bench.stage import Stage
from bench.timing import rate
from signer.algorithms import suite_named
from signer.sdjwt import issue, verify

PACKAGES = Path(__file__).parents[1] / "tests" / "interop"
HEADER = {"alg": "ES256", "typ": "dc+sd-jwt", "kid": "bench"}
AT = 1_790_000_000

Peers = dict[str, Callable[[], float]]
"""By name, what gives the rate of one round."""


def measure(results: Results, _stage: Stage) -> None:
    """Issue and verify rates of each library, and ours over each."""
    rounds, seconds = (1, 0.05) if results.smoke else (7, 1.0)
    private = ec.generate_private_key(ec.SECP256R1())
    suite = suite_named("ES256")
    token = issue(ALWAYS, FIELDS, HEADER, lambda data: suite.sign(private, data)).token
    two = "~".join([*token.split("~")[:3], ""])
    with tempfile.TemporaryDirectory() as folder:
        node = _node(Path(folder))
        for what in ("issue", "verify"):
            peers = _python(what, private, two, seconds)
            if node is not None:
                peers["npm"] = _in_node(node, what, private, two, seconds)
            _compare(results, what, peers, rounds)


def _compare(results: Results, what: str, peers: Peers, rounds: int) -> None:
    found: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, round_of in peers.items():
            found[name].append(round_of())
    names = {"ours": "the signer", "pip": "sd-jwt from pip", "npm": "@sd-jwt/core from npm"}
    done = {"issue": "SD-JWT of 8 fields issued", "verify": "SD-JWT with 2 of 8 fields disclosed verified"}[what]
    for name, rates in found.items():
        results.figure(f"interop_{what}_{name}_per_s", statistics.median(rates), "1/s", f"{done}, {names[name]}")
    for name in found.keys() - {"ours"}:
        ratios = [ours / theirs for ours, theirs in zip(found["ours"], found[name], strict=True)]
        results.ratio(f"interop_{what}_ours_over_{name}", statistics.median(ratios), "≥ 1")


def _python(what: str, private: ec.EllipticCurvePrivateKey, two: str, seconds: float) -> Peers:
    suite, public = suite_named("ES256"), private.public_key()
    secret = JWK.from_pem(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    claims = ALWAYS | {SDObj(name): value for name, value in FIELDS.items()}
    if what == "issue":
        return {
            "ours": lambda: rate(
                lambda: issue(ALWAYS, FIELDS, HEADER, lambda data: suite.sign(private, data)), seconds
            ),
            "pip": lambda: rate(lambda: SDJWTIssuer(claims, secret, extra_header_parameters=HEADER), seconds),
        }
    return {
        "ours": lambda: rate(lambda: verify(two, public, "ES256", at=AT, typ="dc+sd-jwt"), seconds),
        "pip": lambda: rate(lambda: SDJWTVerifier(two, lambda *_: secret).get_verified_payload(), seconds),
    }


def _node(folder: Path) -> Path | None:
    """A folder with the npm library in the version of the lock file; None, and a line that says why."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("interop: without node and npm, @sd-jwt/core is left out", file=sys.stderr)
        return None
    for path in (PACKAGES / "package.json", PACKAGES / "package-lock.json", Path(__file__).with_suffix(".mjs")):
        shutil.copy(path, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300).returncode:
        print("interop: npm reaches no registry, @sd-jwt/core is left out", file=sys.stderr)
        return None
    return folder


def _in_node(
    folder: Path, what: str, private: ec.EllipticCurvePrivateKey, two: str, seconds: float
) -> Callable[[], float]:
    asked = json.dumps(
        {
            "what": what,
            "seconds": seconds,
            "always": ALWAYS,
            "fields": FIELDS,
            "token": two,
            "privateKey": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "publicKey": private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        }
    )

    def once() -> float:
        command = ["node", "interop.mjs"]
        done = subprocess.run(command, cwd=folder, input=asked, capture_output=True, text=True, check=True, timeout=120)
        return float(done.stdout)

    return once
