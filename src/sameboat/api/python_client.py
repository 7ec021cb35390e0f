"""The typed client for Python, written from the description: `sameboat openapi --python`.

One module, one method for each verb, one `TypedDict` for each shape. Nobody edits it: whoever
changes a verb writes it anew, and a test fails until it is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
_PLAIN = {"string": "str", "integer": "int", "boolean": "bool", "number": "float"}
_WIDTH = 96

HEAD = '''"""A typed client of the Sameboat API, made by `sameboat openapi --python`: do not edit.

    with Client("https://mutual-aid.example", token=token) as client:
        for membership in client.members_memberships():
            print(membership["plan"], membership["cover"]["state"])

Answers are the JSON of the API. What the server refuses raises `Refused` with its stable code.
Every change carries an idempotency key; give the same `key` to send the same request again.
"""

# ruff: noqa

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import quote

import httpx

TIMEOUT_SECONDS = 30.0


class Refused(Exception):
    """The server's answer to a request that could not be done (RFC 9457)."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: int | None) -> None:
        self.status = status
        self.code: str = body.get("code", "")
        self.detail: str = body.get("detail", "")
        self.data: dict[str, Any] = dict(body.get("data", {}))
        self.retry_after = retry_after
        """Seconds after which to try again, where the server said so."""
        super().__init__(f"{status} {self.code}: {self.detail}")
'''

CLIENT = '''
def _part(value: object) -> str:
    return quote(str(value), safe="")


class Client:
    """Speaks to one server, with an access token or without. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str = "",
        language: Literal["zh", "en"] = "zh",
        http: httpx.Client | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._token = token
        self._language = language
        self._http = http or httpx.Client(timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def with_token(self, token: str) -> Client:
        """The same server and connections, with another access token."""
        return Client(self._base, token=token, language=self._language, http=self._http)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        **content: Any,
    ) -> httpx.Response:
        headers: dict[str, str] = {"Accept-Language": self._language}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self._base}{path}"
        answer = self._http.request(
            method, url, params=asked or None, headers=headers, **content
        )
        if answer.is_success:
            return answer
        try:
            body = answer.json()
        except ValueError:
            body = {"detail": answer.text[:200]}
        wait = answer.headers.get("Retry-After", "")
        raise Refused(answer.status_code, body, int(wait) if wait.isdigit() else None)

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        answer = self._ask("GET", path, query=query)
        yield from answer.json()
        while "next" in answer.links:
            answer = self._ask("GET", answer.links["next"]["url"])
            yield from answer.json()
'''


def python_client(description: Schema) -> str:
    """The whole module."""
    parts = [HEAD]
    parts += [_shape(name, each) for name, each in _sorted(description["components"]["schemas"])]
    parts.append(CLIENT)
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            parts.append(_method(path, method.upper(), operation))
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _sorted(schemas: Mapping[str, Schema]) -> list[tuple[str, Schema]]:
    return sorted((name, each) for name, each in schemas.items() if name != "Problem")


def _shape(name: str, schema: Schema) -> str:
    if "enum" in schema:
        return f"\n{name} = {_type(schema)}\n"
    lines = [f"\nclass {name}(TypedDict):", *_doc(schema.get("description", ""), "    ")]
    needed = set(schema.get("required", ()))
    properties = schema.get("properties", {})
    for field, each in properties.items():
        kind = _type(each)
        lines.append(f"    {field}: {kind if field in needed else f'NotRequired[{kind}]'}")
    return "\n".join(lines) + "\n"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return f"Literal[{', '.join(repr(each) for each in schema['enum'])}]"
    match schema.get("type"):
        case "array":
            return f"list[{_type(schema['items'])}]"
        case "object":
            patterns = schema.get("patternProperties", {})
            values = schema.get("additionalProperties") or next(iter(patterns.values()), None)
            return (
                f"dict[str, {_type(values)}]" if isinstance(values, Mapping) else "dict[str, Any]"
            )
        case "null":
            return "None"
        case "string" if schema.get("format") == "binary":
            return "bytes"
        case str(plain):
            return _PLAIN[plain]
        case _:
            return "Any"


def _method(path: str, method: str, operation: Schema) -> str:
    """One verb: what is in the address first, then the body, then what may be left out by name."""
    parameters = operation.get("parameters", [])
    wanted = [f"{each['name']}: {_type(each['schema'])}" for each in _in(parameters, "path")]
    named = [_optional(each) for each in _in(parameters, "query")]
    (content,) = operation.get("requestBody", {}).get("content", {}).items() or [("", {})]
    wanted += _wanted(content)
    if _in(parameters, "header"):
        named.append('key: str = ""')
    answered, gives = _answered(operation)
    is_paged = any(each["name"] == "limit" for each in parameters)
    if is_paged:
        gives = f"Iterator[{gives.removeprefix('list[').removesuffix(']')}]"
    signature = ", ".join(["self", *wanted, *(["*", *named] if named else [])])
    lines = [
        f"    def {operation['operationId']}({signature}) -> {gives}:",
        *_doc(_said(operation), "        "),
        f"        path = {_path(path)}",
    ]
    asked = ", ".join(f"{each['name']!r}: {each['name']}" for each in _in(parameters, "query"))
    if is_paged:
        lines.append(f"        return self._pages(path, {{{asked}}})")
    else:
        sent = [repr(method), "path", *([f"query={{{asked}}}"] if asked else [])]
        sent += (["key=key"] if _in(parameters, "header") else []) + _content(content)
        lines.append(f"        answer = self._ask({', '.join(sent)})")
        lines.append(f"        return {_read(answered, gives)}")
    return "\n".join(lines) + "\n"


def _path(path: str) -> str:
    """The address, with what stands in its blanks made safe."""
    filled = re.sub(r"{(\w+)}", r"{_part(\1)}", path)
    return f"f{filled!r}" if filled != path else repr(path)


def _in(parameters: list[Schema], place: str) -> list[Schema]:
    return [each for each in parameters if each["in"] == place]


def _optional(parameter: Schema) -> str:
    kind = _type(parameter["schema"])
    if parameter.get("required"):
        return f"{parameter['name']}: {kind}"
    has_none = "None" in kind.split(" | ")
    return f"{parameter['name']}: {kind if has_none else f'{kind} | None'} = None"


def _wanted(content: tuple[str, Schema]) -> list[str]:
    """The body as parameters."""
    match content:
        case ("multipart/form-data", media):
            properties = media["schema"]["properties"].items()
            needed = media["schema"].get("required", ())
            ordered = sorted(properties, key=lambda each: each[0] not in needed)
            return [
                f"{name}: {_type(each)}" + ("" if name in needed else ' = ""')
                for name, each in ordered
            ]
        case ("application/octet-stream", _):
            return ["content: bytes"]
        case ("application/json", media):
            return [f"body: {_type(media['schema'])}"]
        case _:
            return []


def _content(content: tuple[str, Schema]) -> list[str]:
    """The body as httpx takes it."""
    match content:
        case ("multipart/form-data", media):
            names = [name for name in media["schema"]["properties"] if name != "file"]
            fields = ", ".join(f"{name!r}: {name}" for name in names)
            return ['files={"file": ("document", file)}', f"data={{{fields}}}"]
        case ("application/octet-stream", _):
            return ["content=content"]
        case ("application/json", _):
            return ["json=body"]
        case _:
            return []


def _answered(operation: Schema) -> tuple[str, str]:
    """The media type of a good answer, and its type in Python."""
    good = next(each for status, each in operation["responses"].items() if int(status) < 300)
    media, shape = next(iter(good["content"].items()))
    if media == "application/json":
        return media, _type(shape["schema"])
    return media, "str" if media.startswith("text/") else "bytes"


def _read(media: str, gives: str) -> str:
    if media == "application/json":
        return f"cast({gives!r}, answer.json())"
    return "answer.text" if media.startswith("text/") else "answer.content"


def _said(operation: Schema) -> str:
    scopes = [scope for each in operation.get("security", ()) for scope in each["Bearer"]]
    needs = f"\n\nScope of a program: `{scopes[0]}`." if scopes else ""
    return f"{operation.get('description', '')}{needs}"


def _doc(text: str, indent: str) -> Iterator[str]:
    """A docstring, wrapped."""
    lines = [
        line
        for paragraph in text.split("\n\n")
        for line in (*textwrap.wrap(" ".join(paragraph.split()), _WIDTH - len(indent)), "")
    ][:-1]
    if len(lines) == 1 and len(lines[0]) + len(indent) + 6 <= 100:
        yield f'{indent}"""{lines[0]}"""'
    elif lines:
        yield f'{indent}"""{lines[0]}'
        yield from (f"{indent}{line}".rstrip() for line in lines[1:])
        yield f'{indent}"""'
