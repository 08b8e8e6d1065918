import sqlite3
import ssl
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.certification import HUB_ROOT, create_client, create_seal, seal_roots
from exchange.codes import uscc
from exchange.config import Config, ConfigError, load
from exchange.installation import LOG_KEY, check, create_databases, initialise, open_keys, server_names
from exchange.layout import layout
from exchange.licences.seals import SealRing, chains_in
from exchange.secret_files import read_secret
from signer.errors import FormatError, KeyBackendError
from signer.seals import validate_chain
from storage.errors import SchemaError
from storage.objects.files import FileObjects
from tests.real_softhsm import SoftToken

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
AUTHORITY = uscc("11330100MB1234567")


def configured(folder: Path, extra: str = "") -> Config:
    path = folder / "onceonly.toml"
    path.write_text(f'[hub]\nname = "https://hub.qinghe.example"\n{extra}')
    return load(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = configured(tmp_path_factory.mktemp("hub"))
    initialise(config, NOW)
    return config


@pytest.fixture
def fresh(tmp_path: Path) -> Config:
    config = configured(tmp_path)
    initialise(config, NOW)
    return config


def chain(objects: FileObjects) -> list[bytes]:
    certificates = x509.load_pem_x509_certificates(objects.get(f"seals/{AUTHORITY}.pem"))
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def refusal(config: Config) -> str:
    with pytest.raises(ConfigError) as caught:
        check(config)
    return str(caught.value)


@pytest.mark.parametrize("there", [False, True])
def test_a_hub_that_gets_no_key_leaves_nothing_and_takes_nothing(tmp_path: Path, there: bool) -> None:
    config = configured(tmp_path, f'[keys]\nbackend = "signer"\nsigner_address = "unix:{tmp_path}/nobody.sock"\n')
    if there:
        config.hub.data_dir.mkdir(mode=0o700)
        (config.hub.data_dir / "notes.txt").write_text("ours")
        config.keys.passphrase_file.touch(0o600)
        config.keys.passphrase_file.write_text("a passphrase of ours\n")
    before = sorted(tmp_path.rglob("*"))
    for _ in range(2):  # the second is not told that there is a hub
        with pytest.raises(KeyBackendError):
            initialise(config, NOW)
        assert sorted(tmp_path.rglob("*")) == before


def test_everything_made_is_the_users_alone(made: Config) -> None:
    check(made)
    paths = [made.hub.data_dir, *made.hub.data_dir.rglob("*"), made.keys.passphrase_file]
    assert len(paths) > 15
    assert not [path for path in paths if path.stat().st_mode & 0o077]


def test_a_hub_is_initialised_once(made: Config) -> None:
    before = {path: path.read_bytes() for path in layout(made).keys.iterdir()}
    with pytest.raises(ConfigError, match="initialised already"):
        initialise(made, NOW)
    assert {path: path.read_bytes() for path in layout(made).keys.iterdir()} == before


def test_the_log_key_is_ed25519_and_a_process_sees_only_its_keys(made: Config) -> None:
    keys = open_keys(made, frozenset({LOG_KEY}))
    assert [(info.key_id, info.suite) for info in keys.list()] == [("log", "EdDSA")]


def test_a_given_passphrase_is_used_and_never_replaced(tmp_path: Path) -> None:
    config = configured(tmp_path)
    config.keys.passphrase_file.touch(0o600)
    config.keys.passphrase_file.write_text("eight or more\nanother line\n")
    initialise(config, NOW)
    assert read_secret("[keys] passphrase_file", config.keys.passphrase_file) == b"eight or more"
    check(config)
    config.keys.passphrase_file.write_text("another passphrase\n")
    with pytest.raises(KeyBackendError, match="passphrase does not open"):
        check(config)


@pytest.mark.parametrize(("content", "mode", "says"), [("", 0o600, "is empty"), ("x" * 9, 0o640, "chmod 600")])
def test_an_unusable_passphrase_file_is_refused(tmp_path: Path, content: str, mode: int, says: str) -> None:
    path = tmp_path / "passphrase"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=says):
        read_secret("[keys] passphrase_file", path)
    with pytest.raises(ConfigError, match="No such file"):
        read_secret("[keys] passphrase_file", tmp_path / "absent")


def test_an_open_data_folder_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path)
    config.hub.data_dir.mkdir(mode=0o755)
    with pytest.raises(ConfigError, match="chmod 700"):
        initialise(config, NOW)


def test_a_folder_without_a_hub_is_refused(tmp_path: Path) -> None:
    assert "run `onceonly init`" in refusal(configured(tmp_path))


def test_everything_missing_is_named_at_once(fresh: Config) -> None:
    places = layout(fresh)
    places.certificate.unlink()
    places.client_ca.unlink()
    places.certificate_key.chmod(0o644)
    places.data.chmod(0o750)
    lines = refusal(fresh).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "[tls] certificate",
        "[tls] client_ca",
        f"{places.data} is open to other users",
        f"{places.certificate_key} is open to other users",
    ]


def test_missing_keys_are_named(fresh: Config) -> None:
    places = layout(fresh)
    next(places.keys.glob("log.*")).unlink()
    assert "lacks the keys log" in refusal(fresh)
    places.keys.rename(places.data / "elsewhere")
    assert "[keys] folder" in refusal(fresh)


def test_a_token_that_is_another_is_named_and_not_the_folder(
    fresh: Config, soft_token: SoftToken, tmp_path: Path
) -> None:
    pin = tmp_path / "pin"
    pin.write_bytes(soft_token.pin)
    pin.chmod(0o600)
    keys = f'backend = "pkcs11"\npkcs11_module = "{soft_token.module}"\npkcs11_token = "{soft_token.label}"'
    said = refusal(configured(fresh.hub.data_dir.parent, f'[keys]\n{keys}\npin_file = "{pin}"\n'))
    assert said.startswith(f"the token '{soft_token.label}' lacks the keys hub-ca, receipts, log: ")


@pytest.mark.parametrize("database", ["records", "index"])
def test_a_schema_of_another_version_is_refused_with_the_command_to_run(fresh: Config, database: str) -> None:
    with closing(sqlite3.connect(getattr(layout(fresh), database))) as connection, connection:
        connection.execute(f"UPDATE {database}_revision SET version_num = 'from_the_future'")
    with pytest.raises(SchemaError, match="onceonly migrate"):
        check(fresh)


def test_databases_that_are_new_already_stay_as_they_are(made: Config) -> None:
    records, index = create_databases(made)
    assert records.startswith("records_")
    assert index.startswith("index_")


def test_certificates_from_elsewhere_are_left_alone(tmp_path: Path) -> None:
    config = configured(tmp_path, '[tls]\ncertificate = "c.pem"\nkey = "k.pem"\nclient_ca = "a.pem"\n')
    initialise(config, NOW)
    assert not (config.hub.data_dir / "tls").exists()
    assert "tls-ca" not in {info.key_id for info in open_keys(config).list()}
    assert refusal(config).count("[tls]") == 3


def test_the_server_certificate_fits_its_key_and_names(made: Config) -> None:
    places = layout(made)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(places.certificate, places.certificate_key)
    certificate = x509.load_pem_x509_certificate(places.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["hub.qinghe.example", "localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_a_server_is_never_named_by_every_address(tmp_path: Path) -> None:
    config = configured(tmp_path, '[listen]\naddress = "0.0.0.0:7443"\n')
    assert server_names(config) == ["hub.qinghe.example", "localhost", "127.0.0.1"]


def test_a_seal_leads_to_the_hubs_root_and_survives_rotation(fresh: Config) -> None:
    keys, objects = open_keys(fresh), FileObjects(layout(fresh).objects)
    create_seal(keys, objects, AUTHORITY, "清河市市场监督管理局", NOW)
    ring = SealRing(keys, chains_in(objects), keys.refresh)
    first = ring.seal(AUTHORITY)
    roots = [x509.load_der_x509_certificate(root) for root in seal_roots(objects)]
    assert validate_chain(chain(objects), roots, NOW).authority == AUTHORITY
    keys.rotate("seal-" + AUTHORITY.lower())
    create_seal(keys, objects, AUTHORITY, "清河市市场监督管理局", NOW)
    second = ring.seal(AUTHORITY)
    assert second.signer.kid != first.signer.kid
    assert validate_chain(chain(objects), roots, NOW).name == "清河市市场监督管理局"
    objects.close()


def test_roots_of_other_authorities_stand_beside_ours(fresh: Config) -> None:
    objects = FileObjects(layout(fresh).objects)
    objects.create("authorities/another.pem", objects.get(HUB_ROOT))
    assert len(seal_roots(objects)) == 2
    objects.close()


def test_a_department_gets_a_client_certificate(made: Config) -> None:
    authority = layout(made).client_ca.read_bytes()
    identity = create_client(open_keys(made), authority, AUTHORITY, "counter-1", NOW)
    certificate = x509.load_pem_x509_certificate(identity.certificate_pem)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    with pytest.raises(FormatError):
        create_client(open_keys(made), authority, "no USCC", "counter-1", NOW)
