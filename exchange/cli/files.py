"""Files that people give to commands: read up to a bound, refused in plain words."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile
from typing import Final, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from exchange.catalogue.schema import Catalogue, load_folder
from exchange.cli.failures import UseError
from exchange.entities.catalogue import Department

M = TypeVar("M", bound=Message)

MAX_INPUT_BYTES: Final = 4 * 1024 * 1024
STDIN: Final = Path("-")


def read_bytes(path: Path, most: int = MAX_INPUT_BYTES) -> bytes:
    """The file's content, or standard input for ``-``. Raises ``UseError`` if it cannot be read or is too large."""
    try:
        if path == STDIN:
            content = sys.stdin.buffer.read(most + 1)
        else:
            with path.open("rb") as file:
                content = file.read(most + 1)
    except OSError as error:
        raise UseError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > most:
        raise UseError(f"{path} is larger than {most:,} bytes, which is the most that is taken.")
    return content


def read_text(path: Path, most: int = MAX_INPUT_BYTES) -> str:
    """The file's text without white space around it. Raises ``UseError``."""
    try:
        return read_bytes(path, most).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise UseError(f"{path} is not UTF-8 text.") from None


def read_message(path: Path, message: M) -> M:
    """Fill a message of the contract from JSON (its own names, or lowerCamelCase). Raises ``UseError``."""
    try:
        json_format.Parse(read_text(path), message)
    except json_format.ParseError as error:
        raise UseError(f"{path} is not a {message.DESCRIPTOR.name} in JSON: {str(error)[:200]}") from None
    return message


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue in a folder or in one YAML file. Raises ``CatalogueFilesError``, ``UseError``."""
    if path.is_dir():
        return load_folder(path)
    if not path.is_file():
        raise UseError(f"{path} is neither a folder nor a file.")
    with tempfile.TemporaryDirectory() as folder:
        copyfile(path, Path(folder) / f"{path.stem}.yaml")
        return load_folder(Path(folder))


def read_departments(path: Path) -> Sequence[Department]:
    """The departments in a folder or file that holds nothing else. Raises as ``read_catalogue``."""
    catalogue = read_catalogue(path)
    if len(catalogue.departments) != len(catalogue.entities()):
        raise UseError(f"{path} holds more than departments: an empty catalogue begins with those alone.")
    return catalogue.departments
