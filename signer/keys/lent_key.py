"""A key that signs elsewhere, in the shape that the certificate library asks for.

``CertificateBuilder.sign`` wants a private key object and calls nothing of it but ``sign``. These objects have a public
key and a function that signs in a token or in another process. There is no private key in them to export.
"""

from typing import NoReturn, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from signer.errors import KeyBackendError
from signer.jws import SignFunction
from signer.keys.backend import Signer


def sign_certificate(signer: Signer, builder: x509.CertificateBuilder) -> x509.Certificate:
    """Return the certificate that ``builder`` describes, signed by ``signer`` and verified with its public key.

    Raises KeyBackendError for a suite that signs no certificates and for a signature that is not by the signer's key,
    and as ``signer.sign`` does.
    """
    public = signer.public
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            certificate = builder.sign(_LentP256(public, signer.sign), SHA256())
            public.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(SHA256()))
        elif isinstance(public, ed25519.Ed25519PublicKey):
            certificate = builder.sign(_LentEd25519(public, signer.sign), None)
            public.verify(certificate.signature, certificate.tbs_certificate_bytes)
        else:
            raise KeyBackendError(f"a key of the suite {signer.alg} signs no certificates")
    except InvalidSignature as error:
        raise KeyBackendError("the certificate's signature is not by the key that was asked to sign it") from error
    return certificate


class _Lent:
    """What both kinds refuse."""

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this key is elsewhere and cannot be exported")

    def private_bytes_raw(self) -> NoReturn:
        raise TypeError("this key is elsewhere and cannot be exported")

    def private_numbers(self) -> NoReturn:
        raise TypeError("this key is elsewhere and cannot be exported")

    def exchange(self, *_: object) -> NoReturn:
        raise TypeError("this key signs, and agrees on no secret")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, object]) -> Self:
        return self


class _LentP256(_Lent, ec.EllipticCurvePrivateKey):
    """A P-256 key of which only ``sign`` works, with ECDSA and SHA-256."""

    def __init__(self, public: ec.EllipticCurvePublicKey, sign: SignFunction) -> None:
        self._public = public
        self._sign = sign

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:  # type: ignore[override]  # a certificate is signed over bytes
        if not isinstance(signature_algorithm.algorithm, SHA256):
            raise TypeError("a P-256 key signs with SHA-256")
        raw = self._sign(data)
        return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


class _LentEd25519(_Lent, ed25519.Ed25519PrivateKey):
    """An Ed25519 key of which only ``sign`` works."""

    def __init__(self, public: ed25519.Ed25519PublicKey, sign: SignFunction) -> None:
        self._public = public
        self._sign = sign

    def public_key(self) -> ed25519.Ed25519PublicKey:
        return self._public

    def sign(self, data: bytes) -> bytes:  # type: ignore[override]  # a certificate is signed over bytes
        return self._sign(data)
