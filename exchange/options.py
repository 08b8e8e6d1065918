"""The options of the hub's configuration, by section: type, default, bounds and meaning of each. Read by ``config``."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from signer.algorithms import EXPERIMENTAL

_NAME: Final = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]{0,180}[a-z0-9])?(?::[1-9][0-9]{0,4})?")
_ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):(0|[1-9][0-9]{0,4})")
_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9./-]{0,200}")
_REGION: Final = re.compile(r"[0-9]{6}")


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of ``host:port``; an IPv6 host stands in brackets and comes back without them."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _address(value: str) -> str:
    match = _ADDRESS.fullmatch(value)
    if match is None or int(match[2]) > 65_535:
        raise ValueError("must be host:port, such as 127.0.0.1:7443")
    return value


def _hub_name(value: str) -> str:
    if _NAME.fullmatch(value) is None:
        raise ValueError("must be an address such as https://hub.example.gov: lower case, no path and no final slash")
    return value


def _region(value: str) -> str:
    if _REGION.fullmatch(value) is None:
        raise ValueError("must be a region code of six digits")
    return value


def _origin(value: str) -> str:
    if value and _ORIGIN.fullmatch(value) is None:
        raise ValueError("must be a name such as hub.example.gov/log, without a scheme")
    return value


def _experimental(value: str) -> str:
    if value not in EXPERIMENTAL:
        raise ValueError(f"must name experimental suites: {', '.join(sorted(EXPERIMENTAL))}")
    return value


def _empty_is_absent(value: object) -> object:
    return None if value == "" else value


def _must_check_certificates(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it with the option's value
    if not value:
        raise ValueError(
            "must be true: without client certificates any stolen token could be used by anyone, so the hub does not "
            "start without checking them"
        )
    return value


def _at_most_maximum(value: float, info: ValidationInfo) -> float:
    if value < info.data.get("default_deadline_seconds", 0):
        raise ValueError("must not be below default_deadline_seconds")
    return value


Address = Annotated[str, AfterValidator(_address)]
HubName = Annotated[str, AfterValidator(_hub_name)]
OptionalAddress = Annotated[Address | None, BeforeValidator(_empty_is_absent)]
OptionalPath = Annotated[Path | None, BeforeValidator(_empty_is_absent)]
Seconds = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]


class Section(BaseModel):
    """A section of the file: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HubOptions(Section):
    """Who this hub is."""

    name: HubName = Field(
        description="The hub's name: the audience that every access token must carry. Required: without it a token "
        "meant for another service would be accepted here.",
        examples=["https://hub.qinghe.example"],
    )
    data_dir: Path = Field(
        default=Path("data"), description="Folder of everything the hub stores; on a local file system."
    )
    region: Annotated[str, AfterValidator(_region)] = Field(
        default="000000", description="Region code (GB/T 2260, six digits) that access records carry."
    )


class ListenOptions(Section):
    """Where and with what strength calls are served."""

    address: Address = Field(
        default="127.0.0.1:7443",
        description="host:port of the gRPC service. Keep the port below 32768 (the ephemeral range).",
    )
    workers: Annotated[int, Field(ge=0, le=256)] | Literal["auto"] = Field(
        default="auto",
        description='Worker processes, each pinned to a core; "auto": one per core; 0: all in one process.',
    )
    threads: int = Field(
        default=16, ge=1, le=256, description="Threads of each worker: calls it works on at the same time."
    )
    max_waiting_calls: int = Field(
        default=256, ge=1, le=100_000, description="Calls a worker holds, at work or waiting; others get OVERLOADED."
    )
    max_streams: int = Field(
        default=4, ge=1, le=256, description="Long streams a worker serves at the same time; each holds a thread."
    )
    max_message_bytes: int = Field(
        default=4_194_304, ge=65_536, le=67_108_864, description="Largest request or answer, in bytes."
    )
    max_metadata_bytes: int = Field(
        default=16_384, ge=8_192, le=262_144, description="Largest metadata (headers) of one call, in bytes."
    )
    max_concurrent_streams: int = Field(
        default=128, ge=1, le=10_000, description="Calls at the same time on one connection; HTTP/2 makes others wait."
    )
    max_connection_age_seconds: int = Field(
        default=300,
        ge=1,
        le=86_400,
        description="Age at which clients are told to connect anew, which spreads them again.",
    )
    max_connection_age_grace_seconds: int = Field(
        default=60,
        ge=1,
        le=3_600,
        description="Time that calls under way get on a connection that has reached that age.",
    )
    default_deadline_seconds: Seconds = Field(
        default=10.0, description="Deadline of a call whose client sent none, in seconds."
    )
    max_deadline_seconds: Annotated[Seconds, AfterValidator(_at_most_maximum)] = Field(
        default=60.0, description="Longest deadline a unary call may have, in seconds; longer ones are cut to it."
    )
    stop_grace_seconds: Seconds = Field(
        default=20.0, description="Time that calls under way get to finish when the hub stops, in seconds."
    )
    reflection: bool = Field(
        default=False, description="Serve gRPC reflection, which tells anyone with a certificate the whole contract."
    )


class TlsOptions(Section):
    """Certificates of the service. Absent files mean those that ``onceonly init`` makes in ``<data_dir>/tls``."""

    certificate: OptionalPath = Field(
        default=None, description="PEM chain of the server certificate, leaf first. Empty: <data_dir>/tls/server.pem."
    )
    key: OptionalPath = Field(
        default=None, description="PEM private key of the server certificate. Empty: <data_dir>/tls/server.key."
    )
    client_ca: OptionalPath = Field(
        default=None,
        description="PEM of the authorities whose client certificates are accepted. Empty: <data_dir>/tls/ca.pem.",
    )
    require_client_certificate: Annotated[bool, AfterValidator(_must_check_certificates)] = Field(
        default=True,
        description="Must be true: tokens are bound to client certificates, so the hub refuses to start without.",
    )


class KeysOptions(Section):
    """The hub's own keys."""

    backend: Literal["files", "pkcs11", "signer"] = Field(
        default="files",
        description="Where signature keys are. files: in the folder; pkcs11: in a token; signer: in a signer process, "
        "so that the hub holds none. Secrets are in the folder always.",
    )
    folder: OptionalPath = Field(default=None, description="Folder of encrypted key files. Empty: <data_dir>/keys.")
    passphrase_file: Path = Field(
        default=Path("passphrase"),
        description="File (mode 0600) whose first line opens the keys. Keep it off the data folder and its backups. "
        "The passphrase itself must never stand in this file.",
    )
    pkcs11_module: OptionalPath = Field(
        default=None, description="Library of the token's maker, such as /usr/lib/softhsm/libsofthsm2.so."
    )
    pkcs11_token: str = Field(default="", max_length=32, description="Label of the token that holds signature keys.")
    pin_file: OptionalPath = Field(
        default=None, description="File (mode 0600) whose first line is the PIN of the token's user."
    )
    signer_address: str = Field(
        default="",
        max_length=512,
        description="Where the signer process listens: unix:/path/of/the/socket, or host:port over mutual TLS.",
    )
    signer_ca: OptionalPath = Field(
        default=None, description="PEM of the only authorities trusted for the signer's certificate. Needed with TLS."
    )
    signer_certificate: OptionalPath = Field(
        default=None, description="PEM certificate that the signer knows this hub by. Needed with TLS."
    )
    signer_key: OptionalPath = Field(default=None, description="PEM private key of that certificate (mode 0600).")
    signer_timeout_seconds: Seconds = Field(
        default=2.0, description="Longest wait for a signature of the signer process, in seconds."
    )


class SuitesOptions(Section):
    """Which signature algorithms count besides the stable ones."""

    experimental: tuple[Annotated[str, AfterValidator(_experimental)], ...] = Field(
        default=(),
        description="Experimental suites to use and accept, for seals and second signatures: ML-DSA-44. Empty: none.",
    )


class LimitsOptions(Section):
    """What one operator may do before the hub says stop."""

    fetches_per_hour: int = Field(default=60, ge=1, le=100_000, description="Fetches of one operator in an hour.")
    refusals: int = Field(
        default=10,
        ge=1,
        le=10_000,
        description="Refusals of one operator within the window that lock the operator out.",
    )
    refusal_window_seconds: int = Field(default=600, ge=1, le=86_400, description="The window of refusals, in seconds.")
    lockout_seconds: int = Field(
        default=600, ge=1, le=86_400, description="How long an operator stays locked out, in seconds."
    )
    checks_per_hour: int = Field(
        default=120, ge=1, le=100_000, description="Checks of cases' evidence by one operator in an hour."
    )
    cases_per_day: int = Field(
        default=500, ge=1, le=1_000_000, description="Cases that one operator may open or claim in a day (UTC)."
    )
    codes_per_hour: int = Field(
        default=60, ge=1, le=100_000, description="Presentation codes that one holder may make in an hour."
    )
    trawl_extra: int = Field(
        default=5,
        ge=0,
        le=10_000,
        description="Distinct holders a day an operator may read beyond 1.2 for each case opened or claimed.",
    )


class EvidenceOptions(Section):
    """Evidence that the hub does not have: how long it may follow later, and how long a dispute about it may take."""

    deferral_days: int = Field(
        default=20, ge=1, le=250, description="Working days that deferred evidence may take at the most."
    )
    reminder_days: int = Field(
        default=3, ge=1, le=60, description="Days before the deadline on which a reminder is sent as an event."
    )
    exclusion_days: int = Field(
        default=365,
        ge=1,
        le=3_660,
        description="Days that an applicant may defer nothing after a deferral of theirs has lapsed.",
    )
    dispute_check_days: int = Field(
        default=2, ge=1, le=60, description="Working days that an issuer has to look into a dispute."
    )
    dispute_answer_days: int = Field(
        default=5, ge=1, le=250, description="Working days that an issuer has to answer a dispute."
    )


class TasksOptions(Section):
    """How long departments have for what the hub asks of them, in working days."""

    rating_contact_days: int = Field(
        default=1, ge=1, le=250, description="Days to contact the applicant after a bad rating."
    )
    rating_answer_days: int = Field(default=15, ge=1, le=250, description="Days to answer a bad rating.")
    penalty_days: int = Field(
        default=10, ge=1, le=250, description="Days for an issuer to carry out or refuse a proposed penalty."
    )


class AuditOptions(Section):
    """The access log."""

    origin: Annotated[str, AfterValidator(_origin)] = Field(
        default="",
        description="Name of the log in its checkpoints; never change it later. Empty: the hub's host, then /log.",
    )
    commit_timeout_seconds: Annotated[float, Field(ge=0.05, le=30, allow_inf_nan=False)] = Field(
        default=2.0,
        description="Longest wait for an access record to be durable; then the call fails and releases nothing.",
    )
    queue: int = Field(
        default=4_096, ge=1, le=100_000, description="Units the recorder lets wait; others get OVERLOADED."
    )
    batch: int = Field(default=512, ge=1, le=10_000, description="Most units committed in one transaction.")
    rebuild_entries: int = Field(
        default=500_000, ge=0, le=100_000_000, description="Most entries of the last 24 hours counted again at a start."
    )
    checkpoint_interval_seconds: Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)] = Field(
        default=1.0, description="Time between signed checkpoints while there are new entries, in seconds."
    )


class ClocksOptions(Section):
    """The clocks of cases: when departments are warned of a promised deadline."""

    warn_days: int = Field(default=1, ge=0, le=100, description="Working days before it; 0: not at all.")
    warn_percent: int = Field(
        default=80, ge=0, le=99, description="Share of its time after which to warn, in per cent; 0: not at all."
    )


class StatusOptions(Section):
    """Status lists: what anyone may fetch to tell whether a licence is in force."""

    ttl_seconds: int = Field(
        default=300, ge=1, le=86_400, description="Time after which a verifier that has a list fetches it anew."
    )
    life_hours: int = Field(
        default=24,
        ge=1,
        le=720,
        description="Hours after which a list must not be relied on: as long as verifiers do without the hub.",
    )
    resign_minutes: int = Field(
        default=60,
        ge=1,
        le=1_440,
        description="Minutes after which a list that nothing changed is signed again. Verifiers cannot ask for lists "
        "younger than this.",
    )


class MetricsOptions(Section):
    """Prometheus metrics and the health page, over plain HTTP: bind it where only the monitoring can reach it."""

    address: OptionalAddress = Field(
        default="127.0.0.1:7480", description="host:port of /metrics and /healthz. Empty: not served."
    )


class LoggingOptions(Section):
    """Logs go to standard error and never hold personal data."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is written."
    )
    format: Literal["json", "text"] = Field(
        default="json", description="json: one object a line; text: for reading at a desk."
    )


class RetentionOptions(Section):
    """How long things are kept."""

    request_ids_days: int = Field(
        default=7,
        ge=1,
        le=400,
        description="Days that a request id is remembered, so that a retry gets the same answer.",
    )
