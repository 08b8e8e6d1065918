"""The signer process's configuration: one TOML file, checked whole before anything starts.

Rules: unknown keys refuse the start; no secret stands in the file; relative paths count from its folder.
``config/signer.example.toml`` lists every option.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from exchange.config import MAX_FILE_BYTES, ConfigError
from exchange.options import Address, HubName, OptionalPath, Section

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def _digest(value: str) -> str:
    if not _SHA256.fullmatch(value):
        raise ValueError("must be a SHA-256 in 64 lower-case hex digits")
    return value


Role = Literal["hub", "operator"]
PerMinute = Annotated[int, Field(ge=1, le=100_000_000)]


class SignerOptions(Section):
    """Whose objects are signed, and where the signer keeps what it must."""

    hub: HubName = Field(description="The hub's name, as in its own configuration.")
    log_origin: str = Field(default="", max_length=200, description="Name of the hub's log. Empty: its host and /log.")
    state_dir: Path = Field(
        default=Path("signer-state"), description="Folder of the signer's log and memory, on a disk of its own machine."
    )
    log_file_bytes: int = Field(
        default=64 * 1024 * 1024, ge=4_096, le=2**30, description="Size at which the next file of the log begins."
    )
    threads: int = Field(default=16, ge=1, le=256, description="Signatures at work at the same time, by listener.")
    stop_grace_seconds: float = Field(
        default=10.0, gt=0, le=600, description="Time that calls under way get when the signer stops."
    )


class SignerKeysOptions(Section):
    """Where the keys are."""

    backend: Literal["files", "pkcs11"] = Field(default="files", description="files or pkcs11.")
    folder: Path = Field(default=Path("signer-keys"), description="Folder of encrypted key files.")
    passphrase_file: Path = Field(
        default=Path("passphrase"), description="File (mode 0600) whose first line opens the folder."
    )
    pkcs11_module: OptionalPath = Field(default=None, description="Library of the token's maker.")
    pkcs11_token: str = Field(default="", max_length=32, description="Label of the token.")
    pin_file: OptionalPath = Field(default=None, description="File (mode 0600) whose first line is the user's PIN.")


class SignerLimits(Section):
    """Signatures of each key in a minute; more wait."""

    credentials: PerMinute = Field(default=60_000, description="Of each authority's seal.")
    second_signatures: PerMinute = Field(default=60_000, description="Of each authority's second key.")
    receipts: PerMinute = Field(default=1_000_000, description="Of the receipt key.")
    status_lists: PerMinute = Field(default=6_000, description="Of the status list key.")
    checkpoints: PerMinute = Field(default=1_200, description="Of the log's key.")
    trust_lists: PerMinute = Field(default=10, description="Of the trust list key.")
    certificates: PerMinute = Field(default=1_200, description="Of each CA key.")
    refusals: PerMinute = Field(default=600, description="Refusals that are logged; others are refused unlogged.")

    def by_key(self) -> dict[str, int]:
        """The limits by what ``signer.signing_limits`` knows keys by."""
        return {
            "hub-ca": self.certificates,
            "log": self.checkpoints,
            "receipts": self.receipts,
            "refusals": self.refusals,
            "seal-": self.credentials,
            "second-": self.second_signatures,
            "status-lists": self.status_lists,
            "tls-ca": self.certificates,
            "trust-list": self.trust_lists,
        }


class UnixOptions(Section):
    """A Unix socket, for one kind of clients on this machine."""

    path: Path = Field(description="Path of the socket; its folder may be written by the signer's user alone.")
    role: Role = Field(description="hub or operator.")
    group: str = Field(default="", description="Name of a group that may open it too. Empty: the signer's user alone.")


class SignerTlsOptions(Section):
    """Mutual TLS, for clients on other machines."""

    address: Address = Field(description="host:port.")
    certificate: Path = Field(description="PEM chain of the signer's certificate, leaf first.")
    key: Path = Field(description="PEM private key of that certificate (mode 0600).")
    client_ca: Path = Field(description="PEM of the authorities of the clients' certificates.")


class ClientOptions(Section):
    """A client that is known by its certificate."""

    name: str = Field(min_length=1, max_length=64, description="Its name in the signer's log.")
    role: Role = Field(description="hub or operator.")
    sha256: Annotated[str, AfterValidator(_digest)] = Field(description="SHA-256 of its certificate (DER), in hex.")


class SignerConfig(Section):
    """All options, frozen. Make one with ``load_signer``."""

    signer: SignerOptions
    keys: SignerKeysOptions = SignerKeysOptions()
    limits: SignerLimits = SignerLimits()
    unix: tuple[UnixOptions, ...] = ()
    tls: SignerTlsOptions | None = None
    clients: tuple[ClientOptions, ...] = ()

    @model_validator(mode="after")
    def _listens(self) -> "SignerConfig":
        if not self.unix and self.tls is None:
            raise ValueError("nobody could ask: configure [[unix]], or [tls] with [[clients]]")
        if (self.tls is None) != (not self.clients):
            raise ValueError("[tls] and [[clients]] need each other")
        return self


def load_signer(path: Path) -> SignerConfig:
    """Read and check the file. Raises ``ConfigError``. Not checked: that the files and folders named exist."""
    try:
        content = path.read_bytes()[: MAX_FILE_BYTES + 1]
        config = SignerConfig(**tomllib.loads(content.decode("utf-8")))
    except OSError as error:
        raise ConfigError([f"The configuration {path} cannot be read: {error.strerror}."]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"The configuration {path} is not TOML."]) from error
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise ConfigError([_sentence(problem["loc"], problem["msg"]) for problem in problems]) from None
    absolute: SignerConfig = _absolute(config, path.absolute().parent)
    return absolute


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    section, *rest = (str(part) for part in place or ("configuration",))
    return f"[{section}] {' '.join(rest)}: {message.removeprefix('Value error, ')}.".replace(" : ", ": ")


def _absolute(section: Any, folder: Path) -> Any:
    """The same options with every path absolute, however deep."""
    if isinstance(section, Section):
        return section.model_copy(update={name: _absolute(value, folder) for name, value in section})
    if isinstance(section, tuple):
        return tuple(_absolute(value, folder) for value in section)
    return folder / section if isinstance(section, Path) else section
