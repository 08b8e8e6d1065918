"""Files that hold one secret each: passphrases, passwords, keys of other systems."""

from pathlib import Path
from typing import Final

from exchange.config import ConfigError

_MAX_LINE: Final = 4_096


def read_secret(option: str, path: Path) -> bytes:
    """The first line of a file of secrets; ``option`` names it in messages, such as ``[keys] passphrase_file``.

    Raises ``ConfigError`` if it cannot be read, others may read it, or its first line is empty.
    """
    problem = f"{option}: {path}"
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError([f"{problem} is open to other users: chmod 600 it."])
        with path.open("rb") as file:
            line = file.readline(_MAX_LINE).rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError([f"{problem} cannot be read: {error.strerror}."]) from error
    if not line:
        raise ConfigError([f"{problem} is empty: its first line is the secret."])
    return line
