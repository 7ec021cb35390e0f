"""`sameboat record`: verify the evidence record, and hand out receipts and the policy."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from sameboat.record import actions, check, queries
from sameboat.record.actions import RecordNotStarted
from sameboat.runtime.refusals import Refusal

app = typer.Typer(no_args_is_help=True)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


class NotRecorded(Refusal):
    """There is no recorded entry with that hash."""

    code = "not_recorded"
    en = "No recorded entry has the hash {hash}."
    zh = "没有哈希为 {hash} 的已存证记录。"


class NotAHash(Refusal):
    """The hash of an entry is 64 hex digits."""

    code = "not_a_hash"
    en = "A hash is 64 hex digits, not {text}."
    zh = "哈希应为 64 位十六进制数字，而不是 {text}。"


class FileThere(Refusal):
    """The file would be overwritten."""

    code = "file_there"
    en = "{file} is there already."
    zh = "{file} 已存在。"


@app.command()
def verify(
    policy: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The policy file that you pinned."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compute the whole log again from its entries; exit code 1 names what is wrong.

    Checked are every entry's bytes, signatures, place in its chain and rules, every stored hash,
    and every signed checkpoint.

    Example: sameboat record verify --policy pinned-policy.json
    """
    pinned = None
    if policy is not None:
        pinned = hashlib.sha256(policy.read_bytes().removesuffix(b"\n")).digest()
    report = _checked_with_bar(pinned)
    if as_json:
        _print_json({"good": report.good, **dataclasses.asdict(report)})
    else:
        _print_report(report)
    if not report.good:
        raise typer.Exit(1)


@app.command()
def receipt(
    entry_hash: Annotated[str, typer.Argument(metavar="HASH", help="Leaf hash of the entry.")],
    to: Annotated[
        Path, typer.Option(file_okay=False, help="Folder for the two files; made if needed.")
    ] = Path(),
) -> None:
    """Write an entry's receipt: HASH.tlog-proof and HASH.entry.json.

    Example: sameboat record receipt 3f0c…(64 hex digits) --to receipts
    """
    found = queries.receipt(_hash(entry_hash))
    if found is None:
        raise NotRecorded(hash=entry_hash)
    to.mkdir(parents=True, exist_ok=True)
    proof, entry = to / f"{entry_hash}.tlog-proof", to / f"{entry_hash}.entry.json"
    proof.write_text(found.proof_text, encoding="utf-8")
    entry.write_bytes(found.entry_bytes)
    print(f"{proof}\n{entry}")


@app.command()
def policy(
    to: Annotated[
        Path | None, typer.Option(dir_okay=False, help="File to write; default: print it.")
    ] = None,
) -> None:
    """Show the policy by which receipts are judged, for pinning; its fingerprint goes to stderr.

    Example: sameboat record policy --to policy.json
    """
    found = queries.policy_text()
    if found is None:
        raise RecordNotStarted()
    if to is None:
        print(found.text)
    else:
        to.write_text(found.text, encoding="utf-8")
    print(f"Fingerprint (SHA-256): {found.fingerprint}", file=sys.stderr)


@app.command()
def head(as_json: JsonOption = False) -> None:
    """Show the newest signed tree head.

    Example: sameboat record head --json
    """
    found = queries.head()
    if found is None:
        raise RecordNotStarted()
    if as_json:
        _print_json(
            {
                "size": found.size,
                "root": found.root.hex(),
                "signed_at": found.signed_at.isoformat(),
                "pending": queries.pending_count(),
                "note": found.note,
            }
        )
    else:
        print(found.note, end="")


@app.command("admit-loss")
def admit_loss(
    to: Annotated[Path, typer.Option(dir_okay=False, help="File for both heads; to be published.")],
    as_json: JsonOption = False,
) -> None:
    """Go on after entries of the record were lost for good; nothing is signed before that.

    Needed only where no backup holds the last head that was signed. The file gets the head that is
    lost and the head that is kept. Publish it: two histories of one record exist from now on, and
    whoever holds a receipt of the lost one can prove it.

    Exit codes: 0 admitted; 1 nothing was lost.

    Example: sameboat record admit-loss --to lost-head.json
    """
    if to.exists():
        raise FileThere(file=str(to))
    loss = actions.admit_loss()
    told = {"lost": loss.lost.note, "kept": loss.kept.note}
    to.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if as_json:
        _print_json(told)
    else:
        print(f"Lost: {loss.lost.size:,} entries, kept: {loss.kept.size:,}. Publish {to}.")


def _checked_with_bar(pinned: bytes | None) -> check.LogReport:
    """The check with a bar on stderr; none where nobody watches."""
    console = Console(stderr=True)
    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        bar = bars.add_task("Entries", total=None)
        return check.check_log(
            pinned=pinned,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )


def _print_report(report: check.LogReport) -> None:
    for finding in report.findings:
        print(finding)
    counted = f"{report.size:,} entries, {report.checkpoints:,} checkpoints"
    waiting = f", {report.pending:,} pending" if report.pending else ""
    verdict = "all good" if report.good else f"{len(report.findings)} found wrong"
    print(f"{counted}{waiting}: {verdict}. Root {report.root}")


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise NotAHash(text=text[:80])
    return found
