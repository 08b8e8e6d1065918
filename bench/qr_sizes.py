"""``python -m bench.qr_sizes``: how large QR codes of licences are, and how long they take to draw and to read.

The fields are synthetic; the seal is an ES256 key made for the run. Sizes vary by a few characters with the signature.
"""

import time
from collections.abc import Callable
from statistics import median

from exchange import qr_pictures
from signer import qr
from signer.algorithms import suite_named
from signer.credential import Licence

HUB = "https://hub.qinghe.example"
IDENTIFIER = "1.2.156.3005.2.11990000MB0000000J001.11990100MB0000001T.2026000001.001.F"
LICENCE = Licence(
    issuer="11990100MB0000001T",
    licence_type=f"{HUB}/licenceTypes/11990000MB0000000J001/revisions/3",
    identifier=IDENTIFIER,
    hub=HUB,
    issue_time=1_767_225_600,
    start_time=1_767_225_600,
    expire_time=1_924_992_000,
    status_uri=f"{HUB}/status/11990000MB0000000J001/2026/1",
    status_index=123_456,
)
FIELDS = {
    "enterprise_name": "清河市桥西区好味道示例餐饮有限公司",
    "legal_representative": "欧阳示例",
    "address": "清河市桥西区人民路一百二十八号商贸大厦三层",
    "business_scope": "热食类食品制售；冷食类食品制售；糕点类食品制售",
    "business_form": "餐饮服务经营者（中型餐馆）",
    "supervision_body": "清河市桥西区市场监督管理局",
    "supervisor": "监管人员示例",
    "complaint_phone": "投诉举报电话一二三一五",
    "issuing_officer": "签发人示例",
    "remarks": "本证仅供示例使用，不具有任何效力",
}
ROUNDS = 15


def texts() -> dict[str, str]:
    """The text of each form by what it carries."""
    suite = suite_named("ES256")
    key = suite.generate()

    def credential(count: int) -> str:
        return qr.credential_text(
            LICENCE,
            dict(list(FIELDS.items())[:count]),
            seal_sha256="5e" * 32,
            alg="ES256",
            sign=lambda data: suite.sign(key, data),
        )

    return {
        "pointer": qr.pointer_text(IDENTIFIER, "5e" * 32),
        **{f"credential, {count} fields": credential(count) for count in (1, 5, 10)},
    }


def milliseconds(act: Callable[[], object]) -> float:
    """The median time of an act."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return median(taken) * 1000


def main() -> None:
    """Print a table."""
    print("| carries | characters | version at M | modules | draw, ms | read, ms |\n|---|---|---|---|---|---|")
    for name, text in texts().items():
        drawn = qr_pictures.draw(text)
        assert qr_pictures.read_png(drawn.png) == (text,)
        draw = milliseconds(lambda text=text: qr_pictures.draw(text))
        read = milliseconds(lambda png=drawn.png: qr_pictures.read_png(png))
        print(f"| {name} | {len(text)} | {drawn.version} | {drawn.modules} | {draw:.1f} | {read:.1f} |")


if __name__ == "__main__":
    main()
