"""The options of who vouches for the access log from outside: witnesses, a time-stamp authority. Read by ``config``.

What they vouch for and how lag is told is in docs/witnesses.md.
"""

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo

from exchange.options import OptionalPath, Section
from signer.cosignature import WitnessKey, parse_witness_vkey
from signer.errors import NoteError

_URL: Final = re.compile(
    r"(https?)://(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/-]{0,500})?"
)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_WITNESSES: Final = 16
_LEAST_STOP_SECONDS: Final = 10.0

LagSeconds = Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)]
EverySeconds = Annotated[float, Field(ge=0.05, le=3_600, allow_inf_nan=False)]
TimeoutSeconds = Annotated[float, Field(ge=0.1, le=60, allow_inf_nan=False)]


def _patient(value: float) -> float:
    if 0 < value < _LEAST_STOP_SECONDS:
        raise ValueError(f"must be 0, or at least {_LEAST_STOP_SECONDS:.0f}: the hub looks every two seconds")
    return value


StopSeconds = Annotated[float, Field(ge=0, le=2_592_000, allow_inf_nan=False), AfterValidator(_patient)]


def _url(value: str) -> str:
    match = _URL.fullmatch(value)
    if match is None:
        raise ValueError("must be an address such as https://witness.example/w1, without a query")
    if match[1] == "http" and urlsplit(value).hostname not in _LOOPBACK:
        raise ValueError("must be https, or http to this machine alone")
    return value


def _optional_url(value: str) -> str:
    return _url(value) if value else value


def _witness_vkey(value: str) -> str:
    try:
        parse_witness_vkey(value)
    except NoteError as error:
        raise ValueError("must be a witness's verifier key, name+hash+base64 of type 4") from error
    return value


class Cosigner(Section):
    """One witness."""

    vkey: Annotated[str, AfterValidator(_witness_vkey)] = Field(description="Its verifier key.")
    url: Annotated[str, AfterValidator(_url)] = Field(description="The prefix of its add-checkpoint.")


def _distinct(value: tuple[Cosigner, ...]) -> tuple[Cosigner, ...]:
    keys = [parse_witness_vkey(each.vkey) for each in value]
    names, raw = {key.name for key in keys}, {key.public.public_bytes_raw() for key in keys}
    if len(names) != len(keys) or len(raw) != len(keys):
        raise ValueError("must name each witness once: neither a name nor a key may stand twice")
    return value


def _reachable(value: int, info: ValidationInfo) -> int:
    if "cosigners" not in info.data:
        return value  # they are wrong themselves, and that is said
    witnesses = len(info.data["cosigners"])
    if not (1 if witnesses else 0) <= value <= witnesses:
        raise ValueError(f"must be 1 to the number of cosigners, and 0 where there are none; there are {witnesses}")
    return value


class WitnessesOptions(Section):
    """Who cosigns the log's checkpoints, so that nobody can be shown another history."""

    cosigners: Annotated[tuple[Cosigner, ...], AfterValidator(_distinct)] = Field(
        default=(),
        max_length=_MAX_WITNESSES,
        description="Tables of vkey and url, one for each witness (docs/witnesses.md); url must be https, or http to "
        "this machine. Empty: none, and nobody outside keeps the hub from showing two histories.",
    )
    quorum: Annotated[int, AfterValidator(_reachable)] = Field(
        default=0,
        ge=0,
        validate_default=True,
        description="How many of them must cosign a checkpoint before it counts.",
    )
    tls_ca: OptionalPath = Field(default=None, description="PEM of the only authorities trusted. Empty: the system's.")
    interval_seconds: EverySeconds = Field(
        default=5.0, description="Time between checkpoints that are submitted while the log grows, in seconds."
    )
    timeout_seconds: TimeoutSeconds = Field(default=10.0, description="Longest wait for one witness, in seconds.")
    alarm_after_seconds: LagSeconds = Field(
        default=60.0, description="How long an entry may wait for its cosignatures before the metrics raise an alarm."
    )
    stop_after_seconds: StopSeconds = Field(
        default=14_400.0,
        description="How long an entry may wait before the hub records and releases nothing more, in seconds; 0: for "
        "ever. It serves again by itself.",
    )

    @property
    def keys(self) -> tuple[WitnessKey, ...]:
        """The witnesses' keys, in order."""
        return tuple(parse_witness_vkey(each.vkey) for each in self.cosigners)


def _needed_with_url(value: Path | None, info: ValidationInfo) -> Path | None:
    if value is None and info.data.get("url"):
        raise ValueError("must name the roots of the time-stamp authority, as url names its address")
    return value


class TimestampsOptions(Section):
    """Who says when the log's checkpoints existed (RFC 3161)."""

    url: Annotated[str, AfterValidator(_optional_url)] = Field(
        default="", description="Address of a time-stamp authority; https, or http to this machine. Empty: none."
    )
    roots_file: Annotated[OptionalPath, AfterValidator(_needed_with_url)] = Field(
        default=None,
        validate_default=True,
        description="PEM of the roots that its certificates must lead to. Needed with a url.",
    )
    tls_ca: OptionalPath = Field(
        default=None, description="PEM of the only authorities trusted for https. Empty: the system's."
    )
    interval_seconds: EverySeconds = Field(
        default=60.0, description="Time between stamps while the log grows, in seconds."
    )
    timeout_seconds: TimeoutSeconds = Field(default=10.0, description="Longest wait for the authority, in seconds.")
    alarm_after_seconds: LagSeconds = Field(
        default=120.0, description="How long an entry may wait for a stamp before the metrics raise an alarm."
    )
    stop_after_seconds: StopSeconds = Field(
        default=14_400.0,
        description="How long an entry may wait before the hub records and releases nothing more, in seconds; 0: for "
        "ever. It serves again by itself.",
    )
