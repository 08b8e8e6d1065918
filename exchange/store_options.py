"""The options of the stores that hold what a hub knows: records, objects, and the fast store. Read by ``config``.

A store without a url is embedded in the data folder. What a url names is shared by the machines of a hub.
"""

from typing import Annotated

from pydantic import Field

from exchange.options import OptionalPath, Section


class RecordsOptions(Section):
    """Where records are kept: registers, licences, cases and the journal of the access log."""

    url: str = Field(
        default="",
        description="postgresql://user@host:5432/database, several hosts with commas between them. Empty: SQLite in "
        "<data_dir>, for one machine.",
    )
    password_file: OptionalPath = Field(
        default=None, description="File (mode 0600) whose first line is the database user's password. Empty: none."
    )
    tls_ca: OptionalPath = Field(
        default=None,
        description="PEM of the authorities that the database's certificate must lead to. Empty: no TLS, which is for "
        "this machine alone.",
    )
    connections: int = Field(
        default=8, ge=1, le=256, description="Connections of each process that reads; a slow database holds no more."
    )
    statement_timeout_seconds: Annotated[float, Field(ge=0.1, le=60, allow_inf_nan=False)] = Field(
        default=2.0, description="Longest statement, and longest wait for a connection or lock, in seconds."
    )


class ObjectsOptions(Section):
    """Where objects are kept: signed credentials, certificates, the tiles of the log."""

    url: str = Field(
        default="",
        description="https://host:9000/bucket of an S3 server; the bucket must keep versions. Empty: files in "
        "<data_dir>/objects.",
    )
    access_key_file: OptionalPath = Field(
        default=None, description="File (mode 0600) whose first line is the access key. Needed with a url."
    )
    secret_key_file: OptionalPath = Field(
        default=None, description="File (mode 0600) whose first line is the secret key. Needed with a url."
    )
    region: str = Field(default="us-east-1", max_length=40, description="Region of the bucket.")
    tls_ca: OptionalPath = Field(default=None, description="PEM of the only authorities trusted. Empty: the system's.")
    plain_http: bool = Field(
        default=False, description="Allow http to another machine, where the way there is protected by other means."
    )
    prefix: str = Field(default="", max_length=200, description="Stands before every name and ends with a slash.")
    lock_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days for which the log's full tiles may not be removed (S3 Object Lock); 0: not locked.",
    )
    connections: int = Field(
        default=8, ge=1, le=256, description="Calls of each process at the same time; a slow server holds no more."
    )
    timeout_seconds: Annotated[float, Field(ge=0.1, le=60, allow_inf_nan=False)] = Field(
        default=1.5, description="Longest call, its retries included, in seconds."
    )


class FastOptions(Section):
    """Where counts, limits and one-time values are kept. Losing them loses no data and lets nobody in."""

    url: str = Field(
        default="",
        description="rediss://user@host:6379/0 of Redis or Valkey, several hosts of a cluster with commas between "
        "them. Empty: the recorder's memory, for one machine.",
    )
    password_file: OptionalPath = Field(
        default=None, description="File (mode 0600) whose first line is the password. Empty: none."
    )
    tls_ca: OptionalPath = Field(default=None, description="PEM of the only authorities trusted. Empty: the system's.")
    cluster: bool = Field(default=False, description="Whether the servers are a cluster.")
    prefix: str = Field(default="onceonly:", min_length=1, max_length=100, description="Begins every key.")
    timeout_seconds: Annotated[float, Field(ge=0.05, le=10, allow_inf_nan=False)] = Field(
        default=0.5, description="Longest wait for an answer, in seconds; then calls that are limited are refused."
    )
