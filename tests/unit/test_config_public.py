"""[public]: plain HTTP is for this machine, or behind a proxy; certificate and key come together."""

from pathlib import Path

import pytest

from exchange.config import Config, ConfigError, load


def loaded(folder: Path, text: str) -> Config:
    path = folder / "onceonly.toml"
    path.write_text(f'[hub]\nname = "https://hub.qinghe.example"\n[public]\n{text}\n')
    return load(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'address = ""',
        'address = "127.0.0.1:0"',
        'address = "localhost:7444"',
        'address = "[::1]:7444"',
        'address = "0.0.0.0:7444"\nbehind_proxy = true',
        'address = "0.0.0.0:7444"\ncertificate = "c.pem"\nkey = "k.pem"',
    ],
)
def test_these_are_served(tmp_path: Path, text: str) -> None:
    public = loaded(tmp_path, text).public
    assert public.certificate in {None, tmp_path / "c.pem"}


@pytest.mark.parametrize("address", ["0.0.0.0:7444", "[::]:7444", "10.0.0.1:7444", "hub.qinghe.example:7444"])
def test_plain_http_for_other_machines_is_refused_with_its_reason(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, f'address = "{address}"')
    (sentence,) = refused.value.problems
    assert sentence.startswith("[public] behind_proxy: must be true if another machine may ask without TLS")


@pytest.mark.parametrize("one", ["certificate", "key"])
def test_certificate_and_key_need_each_other(tmp_path: Path, one: str) -> None:
    with pytest.raises(ConfigError, match=r"\[public\] key: certificate and key need each other"):
        loaded(tmp_path, f'{one} = "x.pem"')
