"""Write docs/errors.md from the table of reasons, or check that it is up to date (exit 1 if not)."""

import sys
from pathlib import Path

from exchange.reasons import TEXTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
HEAD = """# Errors: every reason, its status and what to tell the person at the counter

Every failure carries `google.rpc.ErrorInfo` with one of these reasons (domain `onceonly.v1`), all failed reasons in its
metadata `reasons`, an English message, a zh-CN `LocalizedMessage`, and by kind: `BadRequest` (every bad field at once),
`PreconditionFailure`, `QuotaFailure`, `ResourceInfo`, `RetryInfo`, and `RequestInfo` with the request id to quote.
Branch on the reason, never on the text. When several guards failed, the status is that of the most fundamental one.

`UNAVAILABLE` may be tried again with the same `request_id`: nothing is done twice. `CASE_NOT_YOURS` is only ever seen
in the access log: callers see `CASE_UNKNOWN` for both, so that an answer does not tell whether a case exists.

This page is written by `python -m tools.errors_page --write` from `exchange/reasons.py`.

| reason | status | English | 中文 |
|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    rows = [f"| `{reason}` | {text.status} | {text.en} | {text.zh} |" for reason, text in sorted(TEXTS.items())]
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/errors.md is not up to date: run `python -m tools.errors_page --write`")
    sys.stdout.write(f"docs/errors.md lists {len(TEXTS)} reasons\n")


if __name__ == "__main__":
    main()
