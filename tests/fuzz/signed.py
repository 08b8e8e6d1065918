"""What the harnesses sign with, and how they begin: the key is fixed, so that an input means the same in every run."""

import sys
from collections.abc import Callable
from importlib import import_module

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signer.seals import SealCertificate

AUTHORITY = "11990100MB0000001T"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x2a" * 32)
KID = "fuzz"
SEAL = SealCertificate(
    authority=AUTHORITY,
    name="fuzz",
    public=KEY.public_key(),
    alg="EdDSA",
    serial=1,
    sha256="01" * 32,
    valid_from=0,
    valid_until=2**40,
)


def run(one_input: Callable[[bytes], None]) -> None:
    """Hand a harness to atheris, which never returns; without it, say how to get it."""
    try:
        atheris = import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
