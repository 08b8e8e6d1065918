"""Where the parts of a hub are in its data folder.

records.sqlite   registers, licences, cases, the journal of the access log      } embedded stores: those that
index.sqlite     the access index, rebuildable from the journal                 } the configuration gives no
objects/         credentials, log tiles, certificates of seals                  } url for
keys/            the hub's keys, encrypted
tls/             certificates of a self-contained start: see ``[tls]`` in the configuration
run/             what stands only while the hub runs
"""

from dataclasses import dataclass
from pathlib import Path

from exchange.config import Config


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is; all paths absolute."""

    data: Path
    records: Path
    index: Path
    objects: Path
    keys: Path
    run: Path
    socket: Path
    metrics: Path
    certificate: Path
    certificate_key: Path
    client_ca: Path


def layout(config: Config) -> Layout:
    """The paths that the configuration means."""
    data = config.hub.data_dir
    tls = data / "tls"
    return Layout(
        data=data,
        records=data / "records.sqlite",
        index=data / "index.sqlite",
        objects=data / "objects",
        keys=config.keys.folder or data / "keys",
        run=data / "run",
        socket=data / "run" / "recorder.sock",
        metrics=data / "run" / "metrics",
        certificate=config.tls.certificate or tls / "server.pem",
        certificate_key=config.tls.key or tls / "server.key",
        client_ca=config.tls.client_ca or tls / "ca.pem",
    )
