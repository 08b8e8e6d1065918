"""The README of a package: what it is, and how anyone checks it with ``openssl`` alone, in Chinese and English.

Rule: every command stands in a ``sh`` block and can be run as it is, in the folder, one block after the other (bash,
coreutils, openssl 3, python3 for the path in the tree). A test does exactly that.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from exchange.evidence.package import README, EvidenceFile, Manifest
from signer.jws import decode_header

_INTRODUCTION: Final = """\
# 电子证照证据包 / Evidence of electronic licences

| | |
|---|---|
| 对象 subject | `{subject}` |
| 平台 hub | `{hub}` |
| 制作时间 made | {made} |
| 用途 reason | {reason} |

本文件夹自成一体：无需联系平台，也无需使用平台的软件，即可核验。其中个人信息请依法保管，仅提交给有权机关。
访问日志条目以假名标识个人和证照，加密部分只有平台能够打开。

This folder stands by itself: it can be checked without asking the hub and without the hub's software. It holds personal
data: keep it as the law requires and hand it only to whoever may see it. Entries of the access log name people and
licences by pseudonyms; their sealed part can be opened by the hub alone.

## 一条命令 / One command

    onceonly verify . --trust DIR

`DIR` 为您自行取得的信任目录。若没有，请用 `--anchor` 给出平台公布的信任锚标识（见下文第一步）。
`DIR` is a trust directory of your own. Without one, name the published anchors with `--anchor` (step 1).

## 手工核验 / By hand

先运行 `bash`，再在本文件夹中依次运行以下命令；任何一条失败即停止，说明证据有误。
Start `bash` and run these in this folder, one after the other. It stops at whatever fails; then the evidence is wrong.

### 1. 文件完整；信任锚 / Nothing is missing; the anchors

信任锚须与平台另行公布的一致（公报、官网、书面函件）；其余一切都以它为根据。
Compare the anchors with those that the hub has published elsewhere (gazette, web site, letter): all else rests on them.

```sh
set -euo pipefail
sha256sum --quiet -c SHA256SUMS
```
"""

_TRUST: Final = """
### 2. 信任列表 / The trust list

列表由信任锚签名，载明哪些机构在何时可以颁发哪些证照，以及其余各项的公钥。
An anchor signs the list, which says which authority might issue what and when, and names every other key.

```sh
{commands}
```
"""

_ITEM: Final = """
### {number}. `{folder}`：{kind_zh} / {kind_en}

签章证书链在签发时有效；签名与内容相符；每个披露项的摘要均在签名内容之中。
The seal's chain was valid at signing time; the signature fits; the digest of each disclosure is in what was signed.

```sh
{commands}
```
"""

_LOG: Final = """
### {number}. 访问日志 / The access log

条目与盐给出承诺值；承诺值沿哈希路径通向检查点的根；检查点由日志密钥签名。若有可信时间戳，可据以确定时间。
Entry and salt give the commitment, the path leads from it to the checkpoint's root, and the log's key signs that.
Where there is a time-stamp, it says by when all of this existed.

```sh
{commands}
```
"""

_PATH: Final = """\
cat > path.py <<'END'
import base64, hashlib, pathlib, sys
folder = pathlib.Path(sys.argv[1])
head, note = (folder / "proof.txt").read_text().split("\\n\\n", 1)
lines = [line for line in head.split("\\n")[1:] if not line.startswith("extra ")]
index, nodes = int(lines[0].split()[1]), [base64.b64decode(line) for line in lines[1:]]
size, root = int(note.split("\\n")[1]), base64.b64decode(note.split("\\n")[2])
assert note == (folder / "checkpoint.txt").read_text()
node = hashlib.sha256(b"\\0" + (folder / "commitment.bin").read_bytes()).digest()
last = size - 1
for other in nodes:
    assert last > 0
    if index % 2 or index == last:
        node = hashlib.sha256(b"\\1" + other + node).digest()
        while index % 2 == 0 and index:
            index, last = index // 2, last // 2
    else:
        node = hashlib.sha256(b"\\1" + node + other).digest()
    index, last = index // 2, last // 2
assert last == 0 and node == root, "the path does not lead to the root"
END"""

_ABSENT: Final = """
## 缺少的内容 / What is not here

{sentences}
"""


def write_readme(manifest: Manifest, files: Iterable[EvidenceFile]) -> EvidenceFile:
    """The README of a package of these files."""
    present = {each.name: each.content for each in files}
    made = datetime.fromtimestamp(manifest.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    reason = manifest.reason.replace("|", "\\|").replace("\n", " ")
    text = [_INTRODUCTION.format(subject=manifest.subject, hub=manifest.hub, made=made, reason=reason)]
    text.append(_TRUST.format(commands="\n".join(_list_commands(present)) or "true"))
    for number, item in enumerate(manifest.items, 3):
        zh, en = (
            ("证照", "a credential") if item.kind == "credential" else ("加注件及其回执", "an extract, its receipt")
        )
        commands = "\n".join(_item_commands(item.folder, present))
        text.append(_ITEM.format(number=number, folder=item.folder, kind_zh=zh, kind_en=en, commands=commands))
    commands = "\n".join([_PATH, *_log_commands(present)])
    text.append(_LOG.format(number=3 + len(manifest.items), commands=commands))
    if manifest.absent:
        text.append(_ABSENT.format(sentences="\n".join(f"- {each}" for each in manifest.absent)))
    return EvidenceFile(README, "".join(text).encode("utf-8"))


def _list_commands(present: dict[str, bytes]) -> list[str]:
    """The trust list and the status lists, each under the key that its header names."""
    bases = [name.removesuffix(".signed") for name in sorted(present) if name.endswith(".signed")]
    return [
        line
        for base in bases
        if base.startswith(("trust/", "status/"))
        for line in _jws_commands(f"{base}.jwt", base, present)
    ]


def _item_commands(folder: str, present: dict[str, bytes]) -> list[str]:
    lines = []
    if f"{folder}/root.pem" in present:
        lines.append(
            f'openssl verify -attime "$(cat {folder}/signing-time.txt)" -CAfile {folder}/root.pem '
            f"-untrusted {folder}/chain.pem {folder}/seal.pem"
        )
    credential = f"{folder}/credential"
    lines += [
        f"openssl x509 -in {folder}/seal.pem -noout -pubkey | cmp - {folder}/seal-key.pem",
        f'grep -qF -- "$(openssl x509 -in {folder}/seal.pem -outform DER | base64 -w0)" {credential}.header.json',
        *_cut(f"cut -d~ -f1 {credential}.sd-jwt", credential),
        *_verify(credential, f"{folder}/seal-key.pem", present),
        f"for part in $(cut -d~ -f2- {credential}.sd-jwt | tr '~' ' '); do",
        "  digest=$(printf %s \"$part\" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '=')",
        f'  grep -qF -- "$digest" {credential}.payload.json',
        "done",
    ]
    for name in ("receipt", "status"):
        if f"{folder}/{name}.jwt" in present:
            lines += _jws_commands(f"{folder}/{name}.jwt", f"{folder}/{name}", present)
    if f"{folder}/receipt.jwt" in present:
        digest = f"openssl dgst -sha256 -binary {credential}.sd-jwt | base64 | tr '+/' '-_' | tr -d '='"
        lines.append(f'grep -qF -- "$({digest})" {folder}/receipt.payload.json')
    return lines


def _log_commands(present: dict[str, bytes]) -> list[str]:
    lines = []
    for entry in sorted(name.removesuffix("/entry.bin") for name in present if name.endswith("/entry.bin")):
        context = f"printf 'onceonly-audit-v1\\0'; cat {entry}/salt.bin {entry}/entry.bin"
        lines += [
            f"{{ {context}; }} | openssl dgst -sha256 -binary | cmp - <(tail -c 32 {entry}/commitment.bin)",
            f"python3 path.py {entry}",
            f"sed '/^$/,$d' {entry}/checkpoint.txt | cmp - {entry}/checkpoint.signed",
        ]
        if f"{entry}/checkpoint.signature" in present and "log/key.pem" in present:
            lines.append(
                f"openssl pkeyutl -verify -pubin -inkey log/key.pem -rawin -in {entry}/checkpoint.signed "
                f"-sigfile {entry}/checkpoint.signature"
            )
        if f"{entry}/timestamp.tsr" in present and "tsa/roots.pem" in present:
            lines.append(
                f"openssl ts -verify -in {entry}/timestamp.tsr -data {entry}/checkpoint.txt -CAfile tsa/roots.pem"
            )
    return lines


def _jws_commands(whole: str, base: str, present: dict[str, bytes]) -> list[str]:
    kid = str(decode_header(present[f"{base}.signed"].partition(b".")[0]).get("kid", ""))
    key = f"trust/keys/{kid}.pem"
    return [*_cut(f"cat {whole}", base), *(_verify(base, key, present) if key in present else ())]


def _cut(first: str, base: str) -> Sequence[str]:
    """What was signed is what stands in the token, and what is shown of it is that too."""
    spell = "| base64 -w0 | tr '+/' '-_' | tr -d '='"
    return (
        f"{first} | tr -d '\\n' | sed 's/\\.[^.]*$//' | cmp - {base}.signed",
        f"cat {base}.header.json {spell} | cmp - <(cut -d. -f1 {base}.signed | tr -d '\\n')",
        f"cat {base}.payload.json {spell} | cmp - <(cut -d. -f2 {base}.signed | tr -d '\\n')",
    )


def _verify(base: str, key: str, present: dict[str, bytes]) -> Sequence[str]:
    if b'"ES256"' in present[f"{base}.header.json"]:
        return (f"openssl dgst -sha256 -verify {key} -signature {base}.signature {base}.signed",)
    return (f"openssl pkeyutl -verify -pubin -inkey {key} -rawin -in {base}.signed -sigfile {base}.signature",)
