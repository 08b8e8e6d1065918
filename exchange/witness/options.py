"""The configuration of a witness: one TOML file, checked whole before anything starts.

Rules:
1. An unknown key refuses the start. No secret stands in the file: ``passphrase_file`` names one.
2. A log is watched under the keys that stand here and no others; one origin may have several keys, as when it changes
   its key.
3. Relative paths count from the folder of the file.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationError

from exchange.config import ConfigError
from exchange.options import Address, OptionalPath, Section
from signer.errors import NoteError
from signer.note import NoteKey, check_name, parse_vkey

_MAX_FILE_BYTES: Final = 256 * 1024


def _key_name(value: str) -> str:
    try:
        check_name(value)
    except NoteError as error:
        raise ValueError("must be a name without spaces and plus signs, such as witness.example/w1") from error
    return value


def _vkey(value: str) -> str:
    try:
        parse_vkey(value)
    except NoteError as error:
        raise ValueError("must be a log's verifier key, name+hash+base64, as the log publishes it") from error
    return value


class WitnessOptions(Section):
    """The witness itself."""

    name: Annotated[str, AfterValidator(_key_name)] = Field(
        description="The name that it cosigns under, such as witness.example/w1; never change it later."
    )
    address: Address = Field(default="127.0.0.1:7460", description="host:port of its HTTP service.")
    data_dir: Path = Field(default=Path("witness"), description="Folder of its key and of what it has seen.")
    passphrase_file: Path = Field(
        default=Path("witness-passphrase"), description="File (mode 0600) whose first line opens its key."
    )
    certificate: OptionalPath = Field(
        default=None, description="PEM chain for HTTPS. Empty: plain HTTP, for a proxy on this machine."
    )
    key: OptionalPath = Field(default=None, description="PEM private key of that certificate.")


class WatchedLog(Section):
    """One key of one log."""

    vkey: Annotated[str, AfterValidator(_vkey)] = Field(description="The log's verifier key.")
    origin: str = Field(default="", max_length=1_024, description="The log's origin. Empty: the name of its key.")


class WitnessConfig(Section):
    """The whole file. Make one with ``load_witness``."""

    witness: WitnessOptions
    logs: tuple[WatchedLog, ...] = Field(min_length=1, max_length=1_000)

    @property
    def keys(self) -> Path:
        """Folder of the encrypted key."""
        return self.witness.data_dir / "keys"

    @property
    def heads(self) -> Path:
        """The database of what it has seen."""
        return self.witness.data_dir / "heads.sqlite"

    def watched(self) -> Mapping[str, tuple[NoteKey, ...]]:
        """The keys of each origin."""
        found: defaultdict[str, list[NoteKey]] = defaultdict(list)
        for log in self.logs:
            key = parse_vkey(log.vkey)
            found[log.origin or key.name].append(key)
        return {origin: tuple(keys) for origin, keys in found.items()}


def load_witness(path: Path) -> WitnessConfig:
    """Read and check the file. Raises ``ConfigError`` naming every bad key. Not checked: that files exist."""
    try:
        config = WitnessConfig.model_validate(_read(path))
    except ValidationError as error:
        raise ConfigError(_sentences(error)) from None
    options = config.witness
    if (options.certificate is None) != (options.key is None):
        raise ConfigError(["[witness] certificate and key: name both or neither."])
    folder = path.absolute().parent
    paths = {name: folder / value for name, value in options if isinstance(value, Path)}
    return config.model_copy(update={"witness": options.model_copy(update=paths)})


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
        if len(content) > _MAX_FILE_BYTES:
            raise ConfigError([f"{path} is larger than {_MAX_FILE_BYTES} bytes: is it the configuration?"])
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise ConfigError([f"{path} cannot be read: {error.strerror}."]) from error
    except ValueError as error:
        raise ConfigError([f"{path} is not TOML in UTF-8."]) from error


def _sentences(error: ValidationError) -> Iterable[str]:
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        section, *rest = (str(part) for part in problem["loc"])
        yield f"[{section}] {' '.join(rest)}: {problem['msg'].removeprefix('Value error, ')}."
