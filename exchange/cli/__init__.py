"""``onceonly``: the hub's command line.

Rules:
1. Exit codes: 0 done; 1 refused, failed or found wrong; 2 wrong use or configuration. Reasons go to standard error in
   plain words, answers to standard output; ``--json`` answers for programs. There is never a traceback.
2. One module for each group of commands. Only the one that is called is imported, so that ``--help`` is quick.
3. Progress bars are for terminals only.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from types import MappingProxyType
from typing import Final

import typer

__all__ = ["COMMANDS", "main"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or a group of commands: the module that has it as ``app``, and its line in the help."""

    module: str
    help: str
    group: bool = False


COMMANDS: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "demo": Entry("demo", "Found a synthetic city's hub, play the whole story over mutual TLS, and check it."),
        "init": Entry("init", "Make a new hub: configuration, databases, keys, certificates, the first departments."),
        "serve": Entry("serve", "Run the hub until it is told to stop."),
        "migrate": Entry("migrate", "Bring databases to this version's schema, or carry a hub to other stores."),
        "backup": Entry("backup", "Back up a whole hub into a new folder, while it runs."),
        "restore": Entry("restore", "Check a backup, or restore it into empty stores."),
        "doctor": Entry("doctor", "Look for anything wrong with an installation."),
        "keys": Entry("keys", "Keys, seals and certificates of the hub; identities of departments.", group=True),
        "signer": Entry("signer", "Run the process that holds a hub's keys; check its log.", group=True),
        "trust": Entry("trust", "The trust list: publish, show, distrust, and fetch it as a verifier.", group=True),
        "catalogue": Entry("catalogue", "Validate a catalogue's files, load them, found the first one.", group=True),
        "issue": Entry("issue", "Issue a licence, as an issuing department."),
        "licence": Entry("licence", "Show, suspend, reinstate and revoke licences, as their department.", group=True),
        "import": Entry("imports", "Bring a department's existing store in, from CSV or JSON Lines."),
        "qr": Entry("qr", "Make a QR code of a licence, as its issuing department."),
        "case": Entry("case", "Open cases and follow them, as a counter.", group=True),
        "fetch": Entry("fetch", "Fetch the evidence of a case, as a counter."),
        "verify": Entry("verify", "Verify a credential, a QR code or evidence: at the hub, or offline."),
        "evidence": Entry("evidence", "Export evidence of a licence or a case, for a court.", group=True),
        "events": Entry("events", "Listen to what happened, as a department's system.", group=True),
        "webhooks": Entry("webhooks", "Have events posted to an address, as a department's system.", group=True),
        "audit": Entry("audit", "Ask the access log, export it, and verify it offline.", group=True),
        "witness": Entry("witness", "Run a witness that cosigns other people's logs.", group=True),
        "sd-jwt": Entry("sd_jwt", "Verify any SD-JWT (RFC 9901) offline.", group=True),
    }
)
"""Every command, in the order of the help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. ``argv``: the words after the program's name; None: its own."""
    words = list(sys.argv[1:] if argv is None else argv)
    called = next((word for word in words if not word.startswith("-")), "")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese shows escapes and goes on
    try:
        _command_line(called)(args=words, prog_name="onceonly")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:  # noqa: BLE001 outermost frame: whatever it is, the person gets a sentence and no traceback
        code: int = import_module("exchange.cli.failures").explain(error)
        return code
    return 0


def _command_line(called: str) -> typer.Typer:
    """The commands, of which only ``called`` is imported; the others are there for the help."""
    root = typer.Typer(
        help="Onceonly: licences issued once, read for a checkable purpose, every access provable.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback(invoke_without_command=False)(_root)
    for name, entry in COMMANDS.items():
        if name != called:
            root.command(name, help=entry.help)(_root)
            continue
        module = import_module(f"exchange.cli.{entry.module}")
        if entry.group:
            root.add_typer(module.app, name=name, help=entry.help, no_args_is_help=True)
        else:
            root.command(name, help=entry.help)(module.run)
    return root


def _root() -> None:
    """What stands for a command that is not called."""
