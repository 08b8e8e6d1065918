"""SM2 signatures by the system's libcrypto 3, through ctypes.

``cryptography`` brings an OpenSSL of its own that shows no SM2; the library that the system's own programs use has it.
Rules:

1. Nothing is loaded before a signature is asked for. Where there is no libcrypto 3, or it was built without SM2 or
   SM3, ``load`` says so with SuiteUnavailableError; a library once found is kept for the life of the process.
2. Every object that libcrypto makes is freed in the call that made it, on every way out. Nothing of it is kept
   between calls, so that threads share nothing; ctypes releases the interpreter's lock while libcrypto computes.
3. What libcrypto notes about a failure is cleared: its queue of errors belongs to the thread and other users of the
   library read it.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from ctypes import (
    CDLL,
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_int,
    c_size_t,
    c_uint,
    c_void_p,
    cast,
    create_string_buffer,
)
from ctypes.util import find_library
from functools import cache
from sys import byteorder
from typing import Any, Final

from signer.errors import SuiteUnavailableError

STANDARD: Final = ("libcrypto.so.3", "libcrypto.3.dylib", "crypto")
"""The names under which systems keep libcrypto 3; one without a dot is whatever the system finds for it."""

_PUBLIC: Final = 0x86
_PAIR: Final = 0x87
"""EVP_PKEY_PUBLIC_KEY and EVP_PKEY_KEYPAIR of evp.h."""

_UNSIGNED, _UTF8, _OCTETS = 2, 4, 5  # OSSL_PARAM data types of core.h
_MAX_DER_BYTES: Final = 80
_POINT_BYTES: Final = 65
_SECRET_BYTES: Final = 32

_PTR = c_void_p


class _Parameter(Structure):
    """OSSL_PARAM of core.h; an array of them ends with one that is all zero."""

    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


class _Parameters:
    """An OSSL_PARAM array, and the bytes that it points to."""

    __slots__ = ("_buffers", "array")

    def __init__(self, *values: tuple[bytes, int, bytes]) -> None:
        self._buffers = [create_string_buffer(value, len(value)) for _, _, value in values]
        self.array = (_Parameter * (len(values) + 1))()
        for place, (key, data_type, value) in enumerate(values):
            address = cast(self._buffers[place], c_void_p)
            self.array[place] = _Parameter(key, data_type, address, len(value), 0)


_FUNCTIONS: Final[tuple[tuple[str, Any, tuple[Any, ...]], ...]] = (
    ("BN_bn2binpad", c_int, (_PTR, c_char_p, c_int)),
    ("BN_clear_free", None, (_PTR,)),
    ("ERR_clear_error", None, ()),
    ("EVP_DigestSign", c_int, (_PTR, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    ("EVP_DigestSignInit_ex", c_int, (_PTR, _PTR, c_char_p, _PTR, c_char_p, _PTR, _PTR)),
    ("EVP_DigestVerify", c_int, (_PTR, c_char_p, c_size_t, c_char_p, c_size_t)),
    ("EVP_DigestVerifyInit_ex", c_int, (_PTR, _PTR, c_char_p, _PTR, c_char_p, _PTR, _PTR)),
    ("EVP_MD_CTX_free", None, (_PTR,)),
    ("EVP_MD_CTX_new", _PTR, ()),
    ("EVP_MD_CTX_set_pkey_ctx", None, (_PTR, _PTR)),
    ("EVP_MD_fetch", _PTR, (_PTR, c_char_p, c_char_p)),
    ("EVP_MD_free", None, (_PTR,)),
    ("EVP_PKEY_CTX_free", None, (_PTR,)),
    ("EVP_PKEY_CTX_new_from_name", _PTR, (_PTR, c_char_p, c_char_p)),
    ("EVP_PKEY_CTX_new_from_pkey", _PTR, (_PTR, _PTR, c_char_p)),
    ("EVP_PKEY_CTX_set1_id", c_int, (_PTR, c_char_p, c_int)),
    ("EVP_PKEY_free", None, (_PTR,)),
    ("EVP_PKEY_fromdata", c_int, (_PTR, POINTER(_PTR), c_int, POINTER(_Parameter))),
    ("EVP_PKEY_fromdata_init", c_int, (_PTR,)),
    ("EVP_PKEY_generate", c_int, (_PTR, POINTER(_PTR))),
    ("EVP_PKEY_get_bn_param", c_int, (_PTR, c_char_p, POINTER(_PTR))),
    ("EVP_PKEY_get_octet_string_param", c_int, (_PTR, c_char_p, c_char_p, c_size_t, POINTER(c_size_t))),
    ("EVP_PKEY_keygen_init", c_int, (_PTR,)),
)
"""Every function that is called, with its result and arguments. ``EVP_PKEY_get_bn_param`` and its like came with
version 3: an older library lacks them and is passed over."""


class LibCrypto:
    """SM2 with SM3 by one loaded library. Safe to share between threads."""

    def __init__(self, library: CDLL) -> None:
        """Raises AttributeError for a library older than 3 and SuiteUnavailableError for one without SM2 or SM3."""
        self._call: dict[str, Callable[..., Any]] = {}
        for name, result, arguments in _FUNCTIONS:
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
            self._call[name] = function
        with (
            self._made("EVP_PKEY_CTX_new_from_name", "EVP_PKEY_CTX_free", None, b"SM2", None),
            self._made("EVP_MD_fetch", "EVP_MD_free", None, b"SM3", None),
        ):
            pass

    def generate(self) -> tuple[bytes, bytes]:
        """Return a new pair: the private number (32 bytes, big-endian) and the point (65 bytes, uncompressed)."""
        with self._made("EVP_PKEY_CTX_new_from_name", "EVP_PKEY_CTX_free", None, b"SM2", None) as context:
            self._must("EVP_PKEY_keygen_init", context)
            with self._filled("EVP_PKEY_generate", "EVP_PKEY_free", context) as key:
                point, size = create_string_buffer(_POINT_BYTES), c_size_t()
                self._must("EVP_PKEY_get_octet_string_param", key, b"pub", point, _POINT_BYTES, byref(size))
                secret = create_string_buffer(_SECRET_BYTES)
                with self._filled("EVP_PKEY_get_bn_param", "BN_clear_free", key, b"priv") as number:
                    self._must("BN_bn2binpad", number, secret, _SECRET_BYTES, expected=_SECRET_BYTES)
                return secret.raw, point.raw

    def sign(self, secret: bytes, point: bytes, user: bytes, data: bytes) -> bytes:
        """Return the signature in DER of ``user`` (the distinguishing identifier) over ``data``."""
        native = secret if byteorder == "big" else secret[::-1]
        pair = _Parameters((b"group", _UTF8, b"SM2"), (b"pub", _OCTETS, point), (b"priv", _UNSIGNED, native))
        with (
            self._key(_PAIR, pair) as key,
            self._made("EVP_PKEY_CTX_new_from_pkey", "EVP_PKEY_CTX_free", None, key, None) as identity,
            self._made("EVP_MD_CTX_new", "EVP_MD_CTX_free") as digest,
        ):
            self._start("EVP_DigestSignInit_ex", digest, identity, key, user)
            signature, size = create_string_buffer(_MAX_DER_BYTES), c_size_t(_MAX_DER_BYTES)
            self._must("EVP_DigestSign", digest, signature, byref(size), data, len(data))
            return signature.raw[: size.value]

    def verify(self, point: bytes, user: bytes, signature: bytes, data: bytes) -> bool:
        """Tell whether a signature in DER is that of the point's owner, named ``user``, over ``data``."""
        public = _Parameters((b"group", _UTF8, b"SM2"), (b"pub", _OCTETS, point))
        with (
            self._key(_PUBLIC, public) as key,
            self._made("EVP_PKEY_CTX_new_from_pkey", "EVP_PKEY_CTX_free", None, key, None) as identity,
            self._made("EVP_MD_CTX_new", "EVP_MD_CTX_free") as digest,
        ):
            self._start("EVP_DigestVerifyInit_ex", digest, identity, key, user)
            matches: bool = self._call["EVP_DigestVerify"](digest, signature, len(signature), data, len(data)) == 1
            if not matches:
                self._call["ERR_clear_error"]()
            return matches

    def _key(self, selection: int, parameters: _Parameters) -> AbstractContextManager[c_void_p]:
        with self._made("EVP_PKEY_CTX_new_from_name", "EVP_PKEY_CTX_free", None, b"SM2", None) as context:
            self._must("EVP_PKEY_fromdata_init", context)
            key = c_void_p()
            self._must("EVP_PKEY_fromdata", context, byref(key), selection, parameters.array)
            return self._owned(key, "EVP_PKEY_free")

    def _start(self, init: str, digest: c_void_p, identity: c_void_p, key: c_void_p, user: bytes) -> None:
        # The identifier goes into the digest before the data does, so it is set before the start (EVP_PKEY-SM2(7)).
        self._must("EVP_PKEY_CTX_set1_id", identity, user, len(user))
        self._call["EVP_MD_CTX_set_pkey_ctx"](digest, identity)
        self._must(init, digest, None, b"SM3", None, None, key, None)

    def _must(self, name: str, *arguments: object, expected: int = 1) -> None:
        if self._call[name](*arguments) != expected:
            raise self._trouble(name)

    def _made(self, make: str, free: str, *arguments: object) -> AbstractContextManager[c_void_p]:
        """Return an object that a function makes, to be freed at the end of the block."""
        made = self._call[make](*arguments)
        if not made:
            raise self._trouble(make)
        return self._owned(c_void_p(made), free)

    def _filled(self, fill: str, free: str, *arguments: object) -> AbstractContextManager[c_void_p]:
        """Return an object that a function puts where its last argument points."""
        place = c_void_p()
        self._must(fill, *arguments, byref(place))
        return self._owned(place, free)

    def _owned(self, pointer: c_void_p, free: str) -> AbstractContextManager[c_void_p]:
        return _Owned(pointer, self._call[free])

    def _trouble(self, name: str) -> SuiteUnavailableError:
        self._call["ERR_clear_error"]()
        return SuiteUnavailableError(f"the system's libcrypto cannot compute SM2 with SM3: {name} failed")


class _Owned(AbstractContextManager[c_void_p]):
    """An object of libcrypto that is freed when its block ends."""

    __slots__ = ("_free", "_pointer")

    def __init__(self, pointer: c_void_p, free: Callable[..., Any]) -> None:
        self._pointer = pointer
        self._free = free

    def __enter__(self) -> c_void_p:
        return self._pointer

    def __exit__(self, *_: object) -> None:
        self._free(self._pointer)


@cache
def load(names: tuple[str, ...] = STANDARD) -> LibCrypto:
    """Return the first library among ``names`` that computes SM2 with SM3.

    Raises SuiteUnavailableError if none does; it is asked again the next time.
    """
    for name in names:
        found = _usable(name if "." in name else find_library(name))
        if found is not None:
            return found
    raise SuiteUnavailableError("SM2 with SM3 needs the system's libcrypto 3 (OpenSSL 3, built with SM2 and SM3)")


def _usable(name: str | None) -> LibCrypto | None:
    if name is None:
        return None
    try:
        return LibCrypto(CDLL(name))
    except (OSError, AttributeError, SuiteUnavailableError):
        return None
