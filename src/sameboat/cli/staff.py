"""`sameboat staff`: who works here. Logins are made at a shell, because no face may make them.

Nothing personal is given on the command line, where a shell's history and every other user of the
machine would read it: it is asked for, or read from a file.
"""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, TextIO

import segno
import typer
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings as django_settings
from rich.console import Console
from rich.table import Table
from rich.text import Text as Cell

from sameboat.cli import language
from sameboat.identity import actions, queries
from sameboat.identity.roles import Role
from sameboat.rules.documents import KINDS, DocumentKind, DocumentNumber, Sex, read_number
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal

app = typer.Typer(no_args_is_help=True)
PASSWORD_BYTES = 15

NameArgument = Annotated[str, typer.Argument(help="The login's name, such as lin.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


class BadPersonFile(Refusal):
    """The description of a person lacks something or says it wrongly."""

    code = "bad_person_file"
    en = "The person needs name, document_kind and document_number (born_on, sex): {why}."
    zh = "人员信息须含 name、document_kind、document_number（born_on、sex）：{why}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What was told about a person."""

    name: str
    number: DocumentNumber
    born_on: date | None
    sex: Sex | None


@app.command()
def add(
    name: NameArgument,
    role: Annotated[list[Role], typer.Option(help="A role that the login holds; repeat it.")],
    person: Annotated[
        typer.FileText | None,
        typer.Option(help="JSON with the person's document; - is stdin. Without it you are asked."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a staff login of one person, whom the identity gateway confirms, with its roles.

    Prints a password and the secret of the second factor, once: hand both over in person. The
    person enters the secret, or scans the code, in an authenticator app before the first sign-in.
    One person may have two logins; they stay one pair of eyes. The file holds name, document_kind
    and document_number, and born_on and sex where the number does not tell them.

    Exit codes: 0 made; 1 refused, and nothing was made; 2 wrongly called.

    Example: sameboat staff add lin --role second_decider --role supervisor
    """
    stated = _asked() if person is None else _read(person)
    password, secret = secrets.token_urlsafe(PASSWORD_BYTES), generate_totp_secret()
    actions.hire(
        name=name,
        password=password,
        totp_secret=secret,
        roles=role,
        person_name=stated.name,
        number=stated.number,
        born_on=stated.born_on,
        sex=stated.sex,
        now=clock.now(),
    )
    _tell(name, password, secret, as_json=as_json)


@app.command("list")
def list_staff(as_json: JsonOption = False) -> None:
    """List the staff logins with their roles; nobody's name. Equal persons are one pair of eyes.

    Exit codes: 0 listed.

    Example: sameboat staff list --json
    """
    lines = queries.staff()
    if as_json:
        _print_json([asdict(line) for line in lines])
        return
    table = Table("login", "person", "roles", "second factor", "since", "state")
    for line in lines:
        table.add_row(
            Cell(line.name),
            Cell(line.person_ref[:8]),
            Cell(", ".join(line.roles)),
            "yes" if line.second_factor else "no",
            line.created_at.date().isoformat(),
            "active" if line.active else "retired",
        )
    Console().print(table)


@app.command()
def roles(
    name: NameArgument,
    grant: Annotated[list[Role] | None, typer.Option(help="A role to give; repeat it.")] = None,
    revoke: Annotated[list[Role] | None, typer.Option(help="A role to take; repeat it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Give a staff login roles and take roles away; print those that it holds then.

    Exit codes: 0 done; 1 refused.

    Example: sameboat staff roles lin --grant auditor --revoke supervisor
    """
    login = actions.change_roles(name=name, grant=grant or (), revoke=revoke or (), now=clock.now())
    held = sorted(queries.roles_of(login.id))
    if as_json:
        _print_json({"login": name, "roles": held})
    else:
        print(f"{name}: {', '.join(held) or 'no roles'}")


@app.command()
def renew(name: NameArgument, as_json: JsonOption = False) -> None:
    """Give a staff login a new password and second factor, after a lost phone or a suspicion.

    Its sessions and access tokens end. Both secrets are printed once.

    Exit codes: 0 renewed; 1 refused.

    Example: sameboat staff renew lin
    """
    password, secret = secrets.token_urlsafe(PASSWORD_BYTES), generate_totp_secret()
    actions.renew_staff(name=name, password=password, totp_secret=secret, now=clock.now())
    _tell(name, password, secret, as_json=as_json)


@app.command()
def retire(name: NameArgument, as_json: JsonOption = False) -> None:
    """Close a staff login for good: sessions and tokens end at once, its traces stay.

    Exit codes: 0 closed, also where it was before; 1 no such login.

    Example: sameboat staff retire lin
    """
    actions.retire_staff(name=name, now=clock.now())
    if as_json:
        _print_json({"login": name, "active": False})
    else:
        print(f"{name} is retired.")


def _asked() -> _Stated:
    """The person's facts from the terminal; the number is not shown while it is typed."""
    kinds = ", ".join(kind.value for kind in DocumentKind)
    facts = {
        "name": typer.prompt("Name as on the document"),
        "document_kind": typer.prompt(f"Kind of document ({kinds})", default="resident_id"),
        "document_number": typer.prompt("Number of the document", hide_input=True),
    }
    number = _number(facts["document_kind"], facts["document_number"])
    if number.born_on is None:
        facts["born_on"] = typer.prompt("Birth date (YYYY-MM-DD)")
    if number.sex is None:
        facts["sex"] = typer.prompt("Sex (f or m)")
    return _parsed(facts)


def _read(file: TextIO) -> _Stated:
    try:
        facts = json.load(file)
    except ValueError:
        raise BadPersonFile(why="this is no JSON") from None
    if not isinstance(facts, dict):
        raise BadPersonFile(why="this is no object")
    return _parsed(facts)


def _parsed(facts: dict[str, object]) -> _Stated:
    """What the facts say; a refusal names the field, never what stands in it."""
    allowed = {"name", "document_kind", "document_number", "born_on", "sex"}
    for key in facts.keys() - allowed:
        raise BadPersonFile(why=f"there is no field {key[:40]}")
    for key in allowed & facts.keys():
        if not isinstance(facts[key], str):
            raise BadPersonFile(why=f"{key} must be a text")
    name = " ".join(str(facts.get("name", "")).split())
    if not name:
        raise BadPersonFile(why="name is missing")
    sex = facts.get("sex")
    if sex not in (None, "f", "m"):
        raise BadPersonFile(why="sex must be f or m")
    return _Stated(
        name=name,
        number=_number(str(facts.get("document_kind")), str(facts.get("document_number"))),
        born_on=_day(facts.get("born_on")),
        sex=sex,
    )


def _number(kind: str, text: str) -> DocumentNumber:
    if kind not in list(DocumentKind):
        raise BadPersonFile(why=f"document_kind must be one of {', '.join(DocumentKind)}")
    found = read_number(DocumentKind(kind), text)
    if not isinstance(found, DocumentNumber):
        raise BadPersonFile(why=f"document_number must have {KINDS[DocumentKind(kind)].form_en}")
    return found


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadPersonFile(why="born_on must be a day, YYYY-MM-DD") from None


def _tell(name: str, password: str, secret: str, *, as_json: bool) -> None:
    """Print the secrets, with a code for the authenticator app where a person looks at it."""
    issuer = django_settings.MFA_TOTP_ISSUER
    uri = f"otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}"
    if as_json:
        told = {"login": name, "password": password, "totp_secret": secret, "totp_uri": uri}
        _print_json(told)
        return
    chinese = language() == "zh"
    if sys.stdout.isatty():
        segno.make(uri, error="m").terminal(compact=True)
    print(f"{'登录名' if chinese else 'Login'}: {name}")
    print(f"{'密码' if chinese else 'Password'}: {password}")
    print(f"{'动态口令密钥' if chinese else 'Second factor'}: {secret}\n{uri}")
    print(
        "以上内容只显示这一次。请当面交给本人，并先在验证器应用中添加密钥，再登录。"
        if chinese
        else "This is shown once. Hand it over in person; the secret goes into an authenticator "
        "app before the first sign-in."
    )


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
