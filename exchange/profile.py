"""A client's profile: one TOML file that says which hub to call, who calls, and where the keys are.

    address = "127.0.0.1:7443"          audience = "https://hub.example.gov"
    department = "11990100MB0000019L"   system = "counter"   operator = "clerk-1"   assurance = 2
    certificate = "client.pem"   key = "client.key"   authority = "ca.pem"   token_key = "token.key"   kid = "…"

Rules:
1. The file names keys and never holds one; relative paths count from the file's folder.
2. Every bad member is named at once; an unknown one is refused, since a misspelt member is no setting.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exchange.client import HubClient, Identity

MAX_PROFILE_BYTES: Final = 16 * 1024
MAX_KEY_BYTES: Final = 64 * 1024

_Text = Annotated[str, Field(min_length=1, max_length=300)]


class ProfileError(Exception):
    """The profile cannot be used; the message says what to mend, a sentence a line."""


class _File(BaseModel):
    """The members of the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    address: _Text
    audience: _Text
    department: _Text
    system: _Text
    kid: _Text
    certificate: _Text
    key: _Text
    authority: _Text
    token_key: _Text
    operator: Annotated[str, Field(max_length=64)] = ""
    assurance: Annotated[int, Field(ge=1, le=3)] = 1
    alg: Literal["ES256", "EdDSA"] = "ES256"
    server_name: Annotated[str, Field(max_length=253)] = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the hub is (``server_name`` overrides the name that its certificate must carry) and who calls it."""

    address: str
    server_name: str
    identity: Identity

    def for_operator(self, operator: str) -> "Profile":
        """The same department's system with another person at work."""
        return replace(self, identity=replace(self.identity, operator=operator))

    def connect(self, *, timeout: float = 10.0) -> HubClient:
        """A connection to the hub; ``timeout`` in seconds for each call."""
        return HubClient(self.address, self.identity, server_name=self.server_name, timeout=timeout)


def load_profile(path: Path) -> Profile:
    """Read a profile and the keys that it names. Raises ``ProfileError``.

    Not checked: that the hub knows the department, the operator, the certificate or the key.
    """
    content = _read(path, MAX_PROFILE_BYTES, "The profile")
    try:
        members = _File.model_validate(tomllib.loads(content.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ProfileError(f"The profile {path} is not a TOML file.") from None
    except ValidationError as error:
        raise ProfileError("\n".join(_sentences(path, error))) from None
    secret: dict[str, Any] = {
        name: _read(path.parent / getattr(members, name), MAX_KEY_BYTES, f"{name} of the profile {path}:")
        for name in ("certificate", "key", "authority", "token_key")
    }
    identity = Identity(
        department=members.department,
        system=members.system,
        operator=members.operator,
        assurance=members.assurance,
        audience=members.audience,
        kid=members.kid,
        alg=members.alg,
        **secret,
    )
    return Profile(members.address, members.server_name, identity)


def profile_text(members: dict[str, str | int]) -> str:
    """A profile's TOML from its members; values are names, numbers and paths without quotes or control characters."""
    lines = [f"{name} = {value if isinstance(value, int) else _quoted(value)}" for name, value in members.items()]
    return "# A client of the hub. The files named here are in this folder; keep the keys to yourself.\n" + "\n".join(
        [*lines, ""]
    )


def _quoted(value: str) -> str:
    if not value.isprintable() or '"' in value or "\\" in value:
        raise ValueError("a profile's value must not hold quotes, backslashes or control characters")
    return f'"{value}"'


def _read(path: Path, most: int, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ProfileError(f"{what} {path} cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise ProfileError(f"{what} {path} is larger than {most} bytes.")
    return content


def _sentences(path: Path, error: ValidationError) -> list[str]:
    found: list[dict[str, Any]] = [dict(each) for each in error.errors(include_url=False, include_input=False)]
    words = {"missing": "is missing", "extra_forbidden": "is no member of a profile"}
    return [
        f"The profile {path}: {each['loc'][0]} {words.get(each['type'], 'is not valid: ' + each['msg'])}."
        for each in found
    ]
