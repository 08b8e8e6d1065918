"""The example of docs/qr.md is what its generator makes, and verifies with nothing but what the page shows."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench import qr_sizes
from exchange import qr_pictures
from signer import cose, qr, qr_payload

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "qr.md").read_text("utf-8")


@pytest.fixture(scope="module")
def example():
    spec = spec_from_file_location("qr_code_example", DOCS / "examples" / "qr_code.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown(title):
    """The block of the page under a title."""
    return re.search(rf"^{title}[^\n]*:\n\n```\n([^\n]+)\n```", PAGE, re.MULTILINE)[1]


def test_the_example_verifies_from_the_page_alone():
    read = qr.read_qr_text(shown("Credential form"))
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(shown("Public key")))
    assert cose.signature_matches(read.message, public, b"OC1:")
    assert read.message.protected.hex() == shown("Protected header")
    assert read.message.payload.hex() == shown("Payload")
    assert read.message.signature.hex() == shown("Signature")


def test_the_example_is_what_its_generator_makes(example):
    """The signed bytes, not the text: another zlib may compress otherwise."""
    made, read = qr.read_qr_text(example.credential_form()), qr.read_qr_text(shown("Credential form"))
    assert made == read
    assert (read.licence, read.fields) == (example.LICENCE, example.FIELDS)
    assert shown("Pointer form") == example.pointer_form()


def test_the_page_lists_every_key_of_the_payload():
    listed = {int(key) for key in re.findall(r"^\| (-?\d) \|", PAGE, re.MULTILINE)}
    assert listed == set(qr_payload._KEYS)


def test_the_sizes_on_the_page_are_those_of_the_bench():
    """To within a version: the signature differs in each run."""
    rows = dict(re.findall(r"^\| ((?:pointer|credential), ?[^|]*|pointer) \| \d+ \| (\d+) \|", PAGE, re.MULTILINE))
    for name, text in qr_sizes.texts().items():
        assert abs(qr_pictures.draw(text).version - int(rows[name])) <= 1
