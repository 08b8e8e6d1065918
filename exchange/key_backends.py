"""Which key backend a configuration asks for: files, a PKCS#11 token, or a signer process.

Secrets live in the key folder always (``signer.keys.split`` says why); what changes is where signature keys live.
"""

from collections.abc import Callable
from pathlib import Path

from exchange.config import Config, ConfigError
from exchange.layout import layout
from exchange.options import KeysOptions
from exchange.secret_files import read_secret
from signer.algorithms import STABLE
from signer.errors import KeyBackendError
from signer.keys.backend import KeyBackend, SignatureBackend
from signer.keys.files import FileKeyBackend
from signer.keys.split import SplitBackend


def open_key_backend(config: Config, only: frozenset[str] | None) -> KeyBackend:
    """The hub's keys, limited to ids with the prefixes ``only``.

    Raises ``ConfigError`` for options that are missing and files of secrets that cannot be read, ``KeyBackendError``
    for keys that cannot be used.
    """
    options = config.keys
    if options.backend == "files":
        return _files(config, only)
    # The folder first: where it does not open, no session or connection is left behind.
    files = _files(config, only)
    return SplitBackend(_token(options, only) if options.backend == "pkcs11" else _signer(options, only), files)


def open_token(
    module: Path | None, label: str, pin_file: Path | None, only: frozenset[str] | None = None
) -> SignatureBackend:
    """The signature keys in a token. Raises as ``open_key_backend``."""
    if module is None or not label or pin_file is None:
        raise ConfigError(['[keys] backend = "pkcs11" needs pkcs11_module, pkcs11_token and pin_file.'])
    pin = read_secret("[keys] pin_file", pin_file)
    try:
        from signer.keys.pkcs11 import Pkcs11Keys
    except ImportError as error:
        sentence = "[keys] backend: keys in a PKCS#11 token need python-pkcs11: install onceonly[hsm]."
        raise ConfigError([sentence]) from error
    return Pkcs11Keys(module, label, pin, only)


def _files(config: Config, only: frozenset[str] | None) -> FileKeyBackend:
    passphrase = read_secret("[keys] passphrase_file", config.keys.passphrase_file)
    return FileKeyBackend(layout(config).keys, passphrase, only, STABLE | set(config.suites.experimental))


def _token(options: KeysOptions, only: frozenset[str] | None) -> SignatureBackend:
    return open_token(options.pkcs11_module, options.pkcs11_token, options.pin_file, only)


def _signer(options: KeysOptions, only: frozenset[str] | None) -> SignatureBackend:
    from exchange.remote_keys import RemoteKeys, SignerAddress

    if not options.signer_address:
        raise ConfigError(['[keys] backend = "signer" needs signer_address.'])
    if options.signer_address.startswith("unix:"):
        if not options.signer_address.startswith("unix:/"):
            raise ConfigError(["[keys] signer_address: the path of the socket must be absolute."])
        address = SignerAddress(options.signer_address, timeout_seconds=options.signer_timeout_seconds)
    else:
        address = SignerAddress(
            options.signer_address,
            _pem("signer_ca", options.signer_ca, Path.read_bytes),
            _pem("signer_certificate", options.signer_certificate, Path.read_bytes),
            _pem("signer_key", options.signer_key, _private),
            options.signer_timeout_seconds,
        )
    return RemoteKeys(address, only)


def _pem(option: str, path: Path | None, read: Callable[[Path], bytes]) -> bytes:
    if path is None:
        raise ConfigError([f"[keys] {option} is needed with a signer at host:port."])
    try:
        return read(path)
    except OSError as error:
        raise ConfigError([f"[keys] {option}: {path} cannot be read: {error.strerror}."]) from error


def _private(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise KeyBackendError(f"{path} is open to other users; close it with: chmod 600 {path}")
    return path.read_bytes()
