"""The keys that a department registers: public, of a known algorithm, and nothing but the key."""

from exchange.entities.catalogue import Department, Label, TokenKey
from exchange.errors import Violation
from signer.algorithms import public_from_jwk, suite_of
from signer.errors import FormatError
from signer.strict_json import canonical, load_object

MAX_JWK_BYTES = 2_000
_MEMBERS = frozenset({"alg", "crv", "kid", "kty", "use", "x", "y"})

_SECRET = Label(
    zh="含有私钥成分：该密钥已泄露，请更换后只登记公钥",
    en="carries a private key: it has leaked; make a new key and register its public part only",
)
_MALFORMED = Label(
    zh="应为 P-256 或 Ed25519 公钥的 JWK",
    en="must be the public JWK of a P-256 or Ed25519 key",
)
_EXTRA = Label(
    zh="JWK 仅允许 alg、crv、kid、kty、use、x、y",
    en="may hold alg, crv, kid, kty, use, x and y only",
)
_FORM = Label(
    zh="JWK 应为规范形式：成员按名称排序且无空格",
    en="must be canonical JSON: members in order of their names, no spaces",
)
_ALGORITHM = Label(zh="应为该密钥的算法：ES256 或 EdDSA", en="must be the key's algorithm: ES256 or EdDSA")
_KID = Label(zh="与 kid 不一致", en="names another kid than the entry")
_REPEATED = Label(zh="kid 重复", en="repeats a kid of this department")


def key_problems(department: Department) -> list[Violation]:
    """Everything wrong with a department's token keys; fields are paths inside the department."""
    found: list[Violation] = []
    seen: set[str] = set()
    for place, key in enumerate(department.token_keys):
        problem = _problem(key)
        if problem is not None:
            member, label = problem
            found.append(Violation(f"token_keys[{place}].{member}", label.en, label.zh))
        if key.kid in seen:
            found.append(Violation(f"token_keys[{place}].kid", _REPEATED.en, _REPEATED.zh))
        seen.add(key.kid)
    return found


def _problem(key: TokenKey) -> tuple[str, Label] | None:
    """The member that is wrong and why, or None. Messages never repeat what might be a secret."""
    try:
        content = key.jwk.encode()
        jwk = load_object(content, max_bytes=MAX_JWK_BYTES, max_depth=2)
        public = public_from_jwk(jwk)
    except FormatError as error:
        return "jwk", _SECRET if error.code == "JWK_PRIVATE" else _MALFORMED
    except UnicodeEncodeError:
        return "jwk", _MALFORMED
    if jwk.keys() - _MEMBERS:
        return "jwk", _EXTRA
    if jwk.get("kid", key.kid) != key.kid:
        return "jwk", _KID
    if canonical(jwk) != content:
        return "jwk", _FORM
    return None if suite_of(public).name == key.alg else ("alg", _ALGORITHM)
