"""docs/public-pages.md: its Envoy, run as it stands there but for the addresses and the certificate."""

import re
import socket
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import trustme
import yaml

from exchange.demo.ports import free_ports
from servers.process import ServerProcess
from tests.fakes.public_site import OBJECTS, public_site

PAGE = Path(__file__).parents[2] / "docs" / "public-pages.md"


def test_envoy_ends_tls_in_front_of_the_pages(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    leaf.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    context = ssl.create_default_context()
    authority.configure_trust(context)
    [port] = free_ports(1)
    with public_site(tmp_path / "hub") as site:
        (block,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        config = yaml.safe_load(block)
        listener, cluster = config["static_resources"]["listeners"][0], config["static_resources"]["clusters"][0]
        listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": port}
        tls = listener["filter_chains"][0]["transport_socket"]["typed_config"]["common_tls_context"]
        for part in tls["tls_certificates"][0].values():
            part["filename"] = str(tmp_path / "both.pem")
        endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
        endpoint["address"]["socket_address"]["port_value"] = site.where[1]
        (tmp_path / "envoy.yaml").write_text(yaml.safe_dump(config), "utf-8")
        command = [Path(sys.executable).with_name("envoy"), "-c", tmp_path / "envoy.yaml", "--disable-hot-restart"]
        command += ["--concurrency", "1", "--log-level", "error"]
        with ServerProcess(command, tmp_path / "envoy.log") as process:
            process.wait_until(lambda: _listens(port))
            url = f"https://127.0.0.1:{port}"
            with urllib.request.urlopen(f"{url}/trust/list", context=context, timeout=60) as answer:
                etag = answer.headers["ETag"]
                assert answer.read() == OBJECTS["trust/list.jwt"]
            for path, headers, status in (
                ("/trust/list", {"If-None-Match": etag}, 304),
                ("/log/%2e%2e/credentials/secret", {}, 404),
                ("/log/../credentials/secret", {}, 404),
                ("/log//vkey", {}, 404),
            ):
                request = urllib.request.Request(url + path, headers=headers)
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request, context=context, timeout=60)
                with refused.value:
                    assert refused.value.code == status


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
