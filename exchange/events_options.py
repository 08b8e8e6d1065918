"""The options of the events process: where streams are served, and how much of them at a time. Read by ``config``."""

import re
from ipaddress import ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from exchange.options import OptionalAddress, OptionalPath, Section

_HOST: Final = re.compile(r"\.?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,10}(?::([1-9][0-9]{0,4}))?")


def _host(value: str) -> str:
    match = _HOST.fullmatch(value)
    if match is None or int(match[1] or 443) > 65_535:
        raise ValueError("must be a host such as desk.example or the end of one such as .example, or either with :port")
    return value


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError("must be a network such as 10.20.0.0/16") from error
    return value


class EventsOptions(Section):
    """Streams of events, over gRPC with mutual TLS, on a port of their own. The hub's own tasks run there too."""

    address: OptionalAddress = Field(
        default=None, description="host:port of EventService. Empty: not served; the hub's own tasks go on."
    )
    max_streams: int = Field(default=2_000, ge=2, le=50_000, description="Open streams on this machine.")
    department_streams: int = Field(default=1_000, ge=1, le=50_000, description="Open streams of one department.")
    max_stream_seconds: int = Field(
        default=1_800, ge=1, le=86_400, description="Longest life of a stream; its client then resumes."
    )
    heartbeat_seconds: float = Field(
        default=15.0, ge=0.05, le=300, allow_inf_nan=False, description="Longest silence on a stream, in seconds."
    )
    window: int = Field(
        default=4_096,
        ge=16,
        le=1_000_000,
        description="Newest events kept in memory; older ones are read from the log.",
    )
    threads: int = Field(default=8, ge=2, le=64, description="Threads for calls and for streams that read the log.")
    webhook_hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        default=(),
        description="Hosts that events may be posted to: names, or ends of names (.market.example), with :port unless "
        "it is 443. Empty: no webhooks.",
    )
    webhook_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        default=(),
        description="Networks that are not public and may be posted to, such as 10.20.0.0/16. Empty: none.",
    )
    webhook_tls_ca: OptionalPath = Field(
        default=None, description="PEM of the only authorities trusted for receivers. Empty: the system's."
    )
    webhook_timeout_seconds: float = Field(
        default=5.0, ge=0.1, le=10, allow_inf_nan=False, description="Longest time of one attempt to post an event."
    )
    webhook_attempts: int = Field(
        default=12, ge=1, le=100, description="Attempts before an event goes on the dead-letter list."
    )
    webhook_first_pause_seconds: float = Field(
        default=1.0,
        ge=0.01,
        le=60,
        allow_inf_nan=False,
        description="Pause after a first failure; then doubled.",
    )
    webhook_longest_pause_seconds: float = Field(
        default=300.0, ge=0.01, le=3_600, allow_inf_nan=False, description="Longest pause between two attempts."
    )
    webhook_threads: int = Field(default=8, ge=1, le=64, description="Events that are on their way at a time.")
