"""`sameboat verify`: check receipts offline, by a policy that the reader already holds."""

from __future__ import annotations

import getpass
import hashlib
import json
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import sameboat.cli as root
from sameboat.cli import verify_words as words
from sameboat.proof.certificate import Holder
from sameboat.proof.errors import BadProof
from sameboat.proof.policy import Policy, parse_policy
from sameboat.proof.receipt import (
    Document,
    Step,
    Verdict,
    verify_join_receipt,
    verify_receipt,
    verify_share_certificate,
)
from sameboat.rules.documents import DocumentKind
from sameboat.runtime.refusals import Language

SUFFIX = ".tlog-proof"
USAGE = 2


class Lang(StrEnum):
    zh = "zh"
    en = "en"


def verify(
    receipts: Annotated[list[Path], typer.Argument(help="Receipts: N.tlog-proof, and beside it.")],
    policy: Annotated[
        Path | None, typer.Option(help="The trust policy that you hold. Never from a receipt.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option(help="The original file, to compare with its commitment.")
    ] = None,
    holder: Annotated[
        DocumentKind | None,
        typer.Option(
            help="Kind of your own document; its number is asked for, or read from stdin."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
    lang: Annotated[Lang | None, typer.Option(help="Default: the terminal's language.")] = None,
) -> None:
    """Check receipts offline: the entry, its place in the log, who signed, and what it proves.

    Beside N.tlog-proof stand N.entry.json and, where there is one, N.opening.json (own document),
    N.join.json (join receipt) or N.share.json (certificate of a share).

    Exit codes: 0 all verified, 1 something is not, 2 cannot be checked as asked.

    Example: sameboat verify 7.tlog-proof --policy policy.json --document report.pdf
    """
    language: Language = root.language() if lang is None else lang.value
    trusted = _policy(policy, language)
    if document is not None and len(receipts) != 1:
        _stop(words.ONE_DOCUMENT.say(language))
    given = None if document is None else _document(document, language)
    who = None if holder is None else Holder(holder, _number(language))
    verdicts = [(path, _judge(path, trusted, given, who, language)) for path in receipts]
    if as_json:
        typer.echo(json.dumps(_as_json(trusted, verdicts), ensure_ascii=False, indent=2))
    else:
        fingerprint = trusted.fingerprint.hex()
        typer.echo(words.POLICY.say(language, version=trusted.version, fingerprint=fingerprint))
        for path, verdict in verdicts:
            typer.echo("\n".join([f"\n{path}", *_lines(verdict, language)]))
    raise typer.Exit(0 if all(verdict.good for _, verdict in verdicts) else 1)


def _judge(
    path: Path, policy: Policy, document: Document | None, holder: Holder | None, language: Language
) -> Verdict:
    """Check one receipt together with the files beside it."""
    if not path.name.endswith(SUFFIX):
        _stop(words.NOT_A_RECEIPT.say(language, path=path))
    stem = path.name.removesuffix(SUFFIX)
    proof = _read(path, language)
    entry = _read(path.with_name(f"{stem}.entry.json"), language)
    beside = {kind: path.with_name(f"{stem}.{kind}.json") for kind in ("opening", "join", "share")}
    found = {kind: _read(file, language) for kind, file in beside.items() if file.exists()}
    if "join" in found:
        return verify_join_receipt(proof, entry, policy, join=found["join"], holder=holder)
    if "share" in found:
        return verify_share_certificate(proof, entry, policy, share=found["share"], holder=holder)
    opening = found.get("opening")
    return verify_receipt(proof, entry, policy, opening=opening, document=document)


def _lines(verdict: Verdict, language: Language) -> list[str]:
    lines = [_line(step, language) for step in verdict.steps]
    if not verdict.good:
        return [*lines, words.BAD.say(language)]
    assert verdict.attested
    lines.append(words.GOOD.say(language, says=verdict.says))
    for name, time in verdict.attested.cosigned:
        lines.append(words.WITNESS.say(language, name=name, time=_instant(time)))
    return lines


def _line(step: Step, language: Language) -> str:
    if step.passed:
        return f"  + {words.PASSED[step.name].say(language, **step.facts)}"
    if step.passed is None:
        return f"  - {words.SKIPPED[step.name].say(language)}"
    why = words.FAILED_ZH[step.code] if language == "zh" else step.why
    return f"  ! {words.AT[step.name].say(language)}: {why} [{step.code}]"


def _as_json(policy: Policy, verdicts: list[tuple[Path, Verdict]]) -> dict[str, object]:
    return {
        "policy": {"version": policy.version, "fingerprint": policy.fingerprint.hex()},
        "receipts": [
            {
                "receipt": str(path),
                "verified": verdict.good,
                "says": verdict.says,
                "witnesses": [
                    {"name": name, "time": time}
                    for name, time in (verdict.attested.cosigned if verdict.attested else ())
                ],
                "steps": [
                    {
                        "name": step.name,
                        "passed": step.passed,
                        "facts": step.facts,
                        "code": step.code,
                        "why": step.why,
                    }
                    for step in verdict.steps
                ],
            }
            for path, verdict in verdicts
        ],
    }


def _policy(path: Path | None, language: Language) -> Policy:
    if path is None:
        _stop(words.NO_POLICY.say(language))
    try:
        return parse_policy(_read(path, language))
    except BadProof as error:
        why = words.FAILED_ZH[error.code] if language == "zh" else error.why
        _stop(words.BAD_POLICY.say(language, why=f"{why} [{error.code}]"))


def _document(path: Path, language: Language) -> Document:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            return Document(digest, file.tell())
    except OSError:
        _stop(words.MISSING.say(language, path=path))


def _number(language: Language) -> str:
    """Ask for it, so that it stands in no shell history and no list of processes."""
    if sys.stdin.isatty():
        return getpass.getpass(words.ASK_NUMBER.say(language))
    return sys.stdin.readline()


def _read(path: Path, language: Language) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        _stop(words.MISSING.say(language, path=path))


def _instant(time: int) -> str:
    # A witness may sign any time below 2^63; datetime ends with the year 9999.
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(time)


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(USAGE)
