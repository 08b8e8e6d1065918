"""TLS in front of a server that speaks none: Envoy, with a certificate of the test's own authority."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from exchange.demo.ports import free_ports
from servers.process import ServerProcess

_TYPES = "type.googleapis.com/envoy.extensions"


@contextmanager
def tls_front(folder: Path, behind: int, certificate: trustme.LeafCert) -> Iterator[int]:
    """The port of 127.0.0.1 that passes on to port ``behind`` what comes over TLS."""
    folder.mkdir()
    [port] = free_ports(1)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "chain.pem", append=True)
    configuration = folder / "envoy.json"
    configuration.write_text(json.dumps(_configuration(folder, port, behind)))
    envoy = Path(sys.executable).parent / "envoy"
    command = [envoy, "-c", configuration, "--disable-hot-restart", "--concurrency", "1", "--log-level", "error"]
    with ServerProcess(command, folder / "envoy.log") as process:
        process.wait_until(lambda: _listens(port))
        yield port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _configuration(folder: Path, port: int, behind: int) -> dict[str, object]:
    files = {
        "certificate_chain": {"filename": str(folder / "chain.pem")},
        "private_key": {"filename": str(folder / "key.pem")},
    }
    chain = {
        "transport_socket": {
            "name": "tls",
            "typed_config": {
                "@type": f"{_TYPES}.transport_sockets.tls.v3.DownstreamTlsContext",
                "common_tls_context": {"tls_certificates": [files]},
            },
        },
        "filters": [
            {
                "name": "pass",
                "typed_config": {
                    "@type": f"{_TYPES}.filters.network.tcp_proxy.v3.TcpProxy",
                    "stat_prefix": "tls",
                    "cluster": "behind",
                },
            }
        ],
    }
    endpoint = {"lb_endpoints": [{"endpoint": {"address": _address(behind)}}]}
    cluster = {
        "name": "behind",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "behind", "endpoints": [endpoint]},
    }
    listener = {"address": _address(port), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
