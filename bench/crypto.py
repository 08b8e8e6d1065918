"""The signer on one core, against raw signatures of the same library over the same bytes; and the decision."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.results import Results
from bench.stage import Stage
from bench.timing import paired, rate
from signer.algorithms import SUITES, suite_named
from signer.errors import SuiteUnavailableError
from signer.sdjwt import issue, verify

FIELDS = {
    "name": "清河市示例餐饮有限公司",
    "address": "示例省清河市东岭区长安路 100 号 1 层",
    "legal_representative": "欧阳示例",
    "registered_capital": "5000000.00",
    "business_scope": "餐饮服务；食品销售（仅销售预包装食品）；外卖递送服务",
    "established": "2024-05-20",
    "valid_until": "2044-05-19",
    "kind": "有限责任公司（自然人独资）",
}
"""Eight disclosable fields, as long as those of a business licence."""

ALWAYS = {
    "iss": "https://hub.qinghe.example/departments/11990100MB0000019L",
    "vct": "https://hub.qinghe.example/licenceTypes/11980000MB0000019A001/revisions/1",
    "iat": 1_780_000_000,
    "nbf": 1_780_000_000,
    "exp": 2_400_000_000,
    "status": {"status_list": {"uri": "https://hub.qinghe.example/status/1", "idx": 4711}},
}


_BEST_OF = 3


def measure(results: Results, _stage: Stage) -> None:
    """SD-JWT verify and issue over raw ES256, in rounds taken in turn."""
    rounds, seconds = (1, 0.02) if results.smoke else (7, 0.6)
    suite = suite_named("ES256")
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    algorithm = ec.ECDSA(hashes.SHA256())
    header = {"alg": "ES256", "typ": "dc+sd-jwt", "kid": "bench"}

    def sign(data: bytes) -> bytes:
        return suite.sign(private, data)

    token = issue(ALWAYS, FIELDS, header, sign).token
    signing_input = token.split("~", 1)[0].rsplit(".", 1)[0].encode()
    raw_signature = private.sign(signing_input, algorithm)

    ours, raw, over = paired(
        lambda: verify(token, public, "ES256", at=1_790_000_000, typ="dc+sd-jwt"),
        lambda: public.verify(raw_signature, signing_input, algorithm),
        rounds=rounds,
        seconds=seconds,
    )
    results.figure("sdjwt_verify_per_s", ours, "1/s", "SD-JWT with 8 disclosures verified, one core")
    results.figure("raw_es256_verify_per_s", raw, "1/s", "ES256 signatures verified by the library alone, one core")
    results.ratio("sdjwt_verify_over_raw", over, "≥ 0.55")

    two = "~".join([*token.split("~")[:3], ""])
    ours, _, over = paired(
        lambda: verify(two, public, "ES256", at=1_790_000_000, typ="dc+sd-jwt"),
        lambda: public.verify(raw_signature, signing_input, algorithm),
        rounds=rounds,
        seconds=seconds,
    )
    results.figure("sdjwt_verify_two_per_s", ours, "1/s", "SD-JWT with 2 of 8 disclosed verified, one core")
    results.ratio("sdjwt_verify_two_over_raw", over, "≥ 0.65")

    ours, raw, over = paired(
        lambda: issue(ALWAYS, FIELDS, header, sign),
        lambda: private.sign(signing_input, algorithm),
        rounds=rounds,
        seconds=seconds,
    )
    results.figure("sdjwt_issue_per_s", ours, "1/s", "SD-JWT with 8 disclosable fields issued, one core")
    results.figure("raw_es256_sign_per_s", raw, "1/s", "ES256 signatures made by the library alone, one core")
    results.ratio("sdjwt_issue_over_raw", over, "≥ 0.35")
    for name in sorted(SUITES):
        _measure_suite(results, name, 1 if results.smoke else _BEST_OF, seconds)


def _measure_suite(results: Results, name: str, rounds: int, seconds: float) -> None:
    """Signing and verifying of one suite over a credential's signing input, the best of the rounds."""
    suite, data, label = SUITES[name], b"x" * 1_500, name.lower().replace("-", "_")
    try:
        private = suite.generate()
    except SuiteUnavailableError as error:
        print(f"\n{name} is not measured: {error.message}")
        return
    public, signature = private.public_key(), suite.sign(private, data)
    signing = max(rate(lambda: suite.sign(private, data), seconds) for _ in range(rounds))
    verifying = max(rate(lambda: suite.verify(public, signature, data), seconds) for _ in range(rounds))
    results.figure(f"{label}_sign_per_s", signing, "1/s", f"{name} signatures over 1,500 bytes, one core")
    results.figure(f"{label}_verify_per_s", verifying, "1/s", f"{name} signatures verified, one core")


def measure_decision(results: Results, _stage: Stage) -> None:
    """Both phases of one allowed SERVICE decision."""
    from exchange.purpose.decision import Allow, decide_release
    from tests.fakes.purpose_facts import FULL, LICENCE

    assert isinstance(decide_release(FULL, LICENCE), Allow)
    seconds = 0.02 if results.smoke else 1.5
    per_second = max(rate(lambda: decide_release(FULL, LICENCE), seconds) for _ in range(_BEST_OF))
    results.figure("decision_us", 1e6 / per_second, "µs", "one allowed decision, both phases, every guard")
    results.ratio("decision_us", 1e6 / per_second, "≤ 30")
