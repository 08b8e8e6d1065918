"""The options of the events process: where streams are served, and how much of them at a time. Read by ``config``."""

from pydantic import Field

from exchange.options import OptionalAddress, Section


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
