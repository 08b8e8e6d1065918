"""A signer process: what it signs for whom, over its sockets and over TLS, and what it leaves behind."""

import os
import stat
import time
from datetime import UTC, datetime, timedelta

import grpc
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from onceonly.signer.v1 import signer_service_pb2 as pb
from onceonly.signer.v1 import signer_service_pb2_grpc as rpc

from exchange.demo.ports import free_ports
from exchange.remote_keys import RemoteKeys, SignerAddress
from signer import receipt as receipts
from signer.algorithms import SUITES
from signer.checkpoint import Checkpoint, format_checkpoint
from signer.errors import KeyBackendError, KeyNotFoundError, KeysAwayError
from signer.seal_issuance import create_ca, issue_seal
from tests.fakes.asked_signatures import HUB, SEAL, USCC, receipt
from tests.fakes.running_hub import until
from tests.fakes.running_signer import RunningSigner

LOG = "hub.qinghe.example/log"


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    with RunningSigner(tmp_path_factory.mktemp("signer"), "[limits]\nstatus_lists = 1") as running:
        running.start()
        operator = RemoteKeys(running.address("operator"))
        for key_id, suite in (("hub-ca", "ES256"), ("receipts", "ES256"), ("log", "EdDSA"), (SEAL, "ES256")):
            operator.generate(key_id, suite)
        operator.close()
        yield running


@pytest.fixture
def hub(signer):
    keys = RemoteKeys(signer.address())
    yield keys
    keys.close()


@pytest.fixture
def operator(signer):
    keys = RemoteKeys(signer.address("operator"))
    yield keys
    keys.close()


def signed_receipt(keys):
    now = int(time.time())
    made = keys.signer("receipts")
    facts = receipt(issue_time=now, expire_time=now + 60)
    return receipts.sign(facts, receipts.encode_header(made.kid, made.alg), made.sign)


def checkpoint(size, root=bytes(32)):
    return format_checkpoint(Checkpoint(LOG, size, root)).encode()


def test_a_hub_signs_through_it_without_a_key(signer, hub):
    token = signed_receipt(hub)
    assert receipts.verify(token, {hub.signer("receipts").kid: hub.public_key("receipts")}, at=None).hub == HUB
    text = checkpoint(5)
    assert SUITES["EdDSA"].verify(hub.public_key("log"), hub.sign("log", text), text)
    assert [line["kind"] for line in signer.lines()][-2:] == ["receipt", "checkpoint"]
    assert {info.key_id for info in hub.list()} >= {"hub-ca", "log", "receipts", SEAL}
    assert hub.versions("log")[0].public == hub.public_key("log")
    assert hub.suite("log") == "EdDSA"
    assert hub.signer("log") is hub.signer("log")


def test_a_hub_goes_back_behind_nothing(hub):
    hub.sign("log", checkpoint(20))
    with pytest.raises(KeyBackendError, match="GOES_BACK"):
        hub.sign("log", checkpoint(19))


def test_a_hub_gets_no_certificate_and_makes_no_key(signer, hub, operator):
    now = datetime.now(UTC)
    life = {"not_before": now, "not_after": now + timedelta(days=365)}
    root = create_ca(operator, "hub-ca", name="root", **life)
    seal = {"authority": USCC, "name": "An authority", "public_key": operator.public_key(SEAL), **life}
    certificate = x509.load_der_x509_certificate(issue_seal(operator, "hub-ca", root, **seal))
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(root))
    with pytest.raises(KeyBackendError, match="NOT_YOURS"):
        issue_seal(hub, "hub-ca", root, **seal)
    refused = signer.lines()[-1]
    assert (refused["outcome"], refused["code"], refused["kind"]) == ("refused", "NOT_YOURS", "certificate")
    assert refused["client"] == "unix:hub.sock"
    for act in (lambda: hub.generate("trust-list", "ES256"), lambda: hub.rotate("receipts")):
        with pytest.raises(KeyBackendError, match="NOT_YOURS"):
            act()
    with pytest.raises(KeyBackendError, match="NOT_YOURS"):
        operator.sign("log", checkpoint(21))


def test_bytes_are_no_object(hub):
    for key_id in ("receipts", SEAL, "log", "hub-ca"):
        with pytest.raises(KeyBackendError):
            hub.sign(key_id, b"pay a million")
    with pytest.raises(KeyNotFoundError):
        hub.sign("seal-nobody", b"x")


def test_a_rotated_key_is_followed(hub, operator):
    before = hub.signer("receipts")
    newest = operator.rotate("receipts")
    now = int(time.time())
    with pytest.raises(KeyBackendError, match="KEY_NOT_NEWEST"):
        receipts.sign(
            receipt(issue_time=now, expire_time=now + 60), receipts.encode_header(before.kid, before.alg), before.sign
        )
    assert hub.signer("receipts").kid == newest.kid != before.kid
    assert signed_receipt(hub)
    assert {info.version for info in hub.versions("receipts")} >= {1, 2}


def test_a_process_is_given_only_keys_that_it_may_use(signer):
    keys = RemoteKeys(signer.address(), frozenset({"log"}))
    assert [info.key_id for info in keys.list()] == ["log"]
    with pytest.raises(KeyNotFoundError):
        keys.signer("receipts")
    with pytest.raises(KeyNotFoundError):
        keys.generate("receipts", "ES256")
    keys.close()


def test_too_many_signatures_are_told_to_wait(signer, operator):
    operator.generate("status-lists", "ES256")
    with grpc.insecure_channel(signer.target(), [("grpc.default_authority", "localhost")]) as channel:
        stub = rpc.SignerServiceStub(channel)
        kid = operator.signer("status-lists").kid
        from tests.fakes.asked_signatures import status_list_claims, token

        now = int(time.time())
        data = token(operator, "status-lists", "statuslist+jwt", status_list_claims(iat=now, exp=now + 60))
        request = pb.SignRequest(kind=pb.OBJECT_KIND_STATUS_LIST, key_id="status-lists", kid=kid, object=data)
        assert len(stub.Sign(request).signature) == 64
        with pytest.raises(grpc.RpcError) as refused:
            stub.Sign(request)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        details = rpc_status.from_call(refused.value).details
        assert details[0].Unpack(info)
        assert details[1].Unpack(retry)
        assert (info.reason, info.domain) == ("TOO_MANY", "onceonly.signer.v1")
        assert 0 < retry.retry_delay.ToTimedelta().total_seconds() <= 60
        with pytest.raises(grpc.RpcError) as refused:
            stub.Sign(pb.SignRequest(key_id="log", object=checkpoint(30)))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_sockets_are_for_their_owner(signer):
    for name in ("hub.sock", "operator.sock"):
        assert stat.S_IMODE((signer.sockets / name).stat().st_mode) == 0o600


def test_it_stops_in_peace_and_goes_on_where_it_was(tmp_path):
    with RunningSigner(tmp_path / "signer") as running:
        running.start()
        operator = RemoteKeys(running.address("operator"))
        operator.generate("log", "EdDSA")
        hub = RemoteKeys(running.address())
        hub.sign("log", checkpoint(5))
        assert running.stop() == 0
        with pytest.raises(KeysAwayError) as away:
            hub.sign("log", checkpoint(6))
        assert away.value.retry_seconds >= 1
        running.start()
        until(lambda: _signs(hub, checkpoint(6)), "the hub to sign again")
        running.kill()
        running.start()
        with pytest.raises(KeyBackendError, match="GOES_BACK"):
            until(lambda: _signs(hub, checkpoint(5)), "the hub to be refused")
        hub.close()
        operator.close()


def _signs(keys, data):
    try:
        return keys.sign("log", data)
    except KeysAwayError:
        return None


def test_the_log_is_checked_by_a_command(signer, hub, tmp_path):
    from exchange.cli import main

    folder = signer.folder / "signer-state" / "log"
    hub.sign("log", checkpoint(40))
    last = signer.lines()[-1]
    assert main(["signer", "log", str(folder)]) == 0
    assert main(["signer", "log", str(folder), "--since", f"{last['line']}:{last['previous']}"]) == 1
    assert main(["signer", "log", str(folder), "--since", f"{last['line'] - 1}:{last['previous']}"]) == 0
    assert main(["signer", "log", str(folder), "--json"]) == 0
    assert main(["signer", "log", str(folder), "--since", "x"]) == 2
    assert main(["signer", "log", str(tmp_path / "nowhere")]) == 2
    cut = tmp_path / "cut"
    cut.mkdir()
    [path] = folder.iterdir()
    (cut / path.name).write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:-1]))
    assert main(["signer", "log", str(cut)]) == 0
    assert main(["signer", "log", str(cut), "--since", f"{last['line']}:{'0' * 64}"]) == 1


@pytest.fixture
def authority():
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


def identity(folder, authority, name):
    issued = authority.issue_cert(name, key_type=trustme.KeyType.ECDSA)
    (folder / f"{name}.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key = folder / f"{name}.key"
    key.touch(0o600)
    key.write_bytes(issued.private_key_pem.bytes())
    certificate = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    return certificate.fingerprint(SHA256()).hex()


def test_over_tls_clients_are_known_by_their_certificates(tmp_path, authority):
    folder = tmp_path / "signer"
    folder.mkdir()
    [port] = free_ports(1)
    digests = {name: identity(folder, authority, name) for name in ("localhost", "hub", "operator", "stranger")}
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    more = (
        f'[tls]\naddress = "127.0.0.1:{port}"\ncertificate = "localhost.pem"\nkey = "localhost.key"\n'
        f'client_ca = "ca.pem"\n[[clients]]\nname = "hub-1"\nrole = "hub"\nsha256 = "{digests["hub"]}"\n'
        f'[[clients]]\nname = "desk"\nrole = "operator"\nsha256 = "{digests["operator"]}"\n'
    )

    def remote(name):
        pem, key = (folder / f"{name}.pem").read_bytes(), (folder / f"{name}.key").read_bytes()
        return RemoteKeys(SignerAddress(f"localhost:{port}", authority.cert_pem.bytes(), pem, key, 30))

    with RunningSigner(folder, more) as running:
        running.start()
        operator, hub = remote("operator"), remote("hub")
        operator.generate("log", "EdDSA")
        hub.refresh()
        assert hub.sign("log", checkpoint(3))
        assert running.lines()[-1]["client"] == "hub-1"
        with pytest.raises(KeyBackendError, match="NOT_YOURS"):
            hub.generate("receipts", "ES256")
        with pytest.raises(KeyBackendError, match="CLIENT_UNKNOWN"):
            remote("stranger")
        with pytest.raises(KeysAwayError):
            RemoteKeys(SignerAddress(f"localhost:{port}", authority.cert_pem.bytes(), b"", b"", 5))
        operator.close()
        hub.close()
        assert running.stop() == 0


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: (folder / "signer-state" / "memory.json").unlink(), "restore it"),
        (lambda folder: (folder / "passphrase").chmod(0o644), "chmod 600"),
        (lambda folder: (folder / "sockets").chmod(0o777), "may be written by others"),
        (lambda folder: (folder / "signer.toml").write_text("[signer]\nhub = 1\n"), "[signer] hub"),
        (lambda folder: (folder / "signer.toml").write_text("[signer\n"), "not TOML"),
        (lambda folder: (folder / "signer.toml").unlink(), "cannot be read"),
        (lambda folder: (folder / "signer.toml").write_text(f'[signer]\nhub = "{HUB}"\n'), "nobody could ask"),
    ],
)
def test_it_refuses_to_start_with_a_sentence(tmp_path, break_it, says):
    with RunningSigner(tmp_path / "signer") as running:
        break_it(running.folder)
        ended = running.command("serve")
    assert ended.returncode != 0
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_signer_is_made_once(tmp_path):
    with RunningSigner(tmp_path / "signer") as running:
        again = running.command("init")
    assert again.returncode == 2
    assert "made already" in again.stderr


def test_a_socket_may_be_shared_with_a_group(tmp_path):
    import grp

    group = grp.getgrgid(os.getgid()).gr_name
    more = f'[[unix]]\npath = "sockets/shared.sock"\nrole = "hub"\ngroup = "{group}"'
    with RunningSigner(tmp_path / "signer", more) as running:
        running.start()
        assert stat.S_IMODE((running.sockets / "shared.sock").stat().st_mode) == 0o660
        assert running.stop() == 0
    with RunningSigner(tmp_path / "other", more.replace(f'"{group}"', '"no such group"')) as running:
        assert "no group" in running.command("serve").stderr


def test_its_keys_may_be_in_a_token(tmp_path, soft_token):
    pin = tmp_path / "pin"
    pin.touch(0o600)
    pin.write_bytes(soft_token.pin + b"\n")
    keys = (
        f'backend = "pkcs11"\npkcs11_module = "{soft_token.module}"\npkcs11_token = "{soft_token.label}"\n'
        f'pin_file = "{pin}"'
    )
    with RunningSigner(tmp_path / "signer", keys=keys) as running:
        running.start()
        operator = RemoteKeys(running.address("operator"))
        operator.generate("log", "EdDSA")
        hub = RemoteKeys(running.address())
        soft_token.pull()
        with pytest.raises(KeysAwayError, match="SIGNER_UNAVAILABLE"):
            hub.sign("log", checkpoint(1))
        soft_token.insert()
        text = checkpoint(2)
        signature = until(lambda: _signs(hub, text), "the token to be found again")
        assert SUITES["EdDSA"].verify(hub.public_key("log"), signature, text)
        hub.close()
        operator.close()
        assert running.stop() == 0
