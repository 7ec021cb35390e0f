"""Nobody who names an address leads us into our own network."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sameboat.gateways.endpoints import BadEndpoint, check_url, post


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name leads to these addresses."""

    def found(host: str, port: int, *_how: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://",
        "https:///path",
        "//example.com",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://[::1/",
        "https://例子.测试/",
        "https://example.com/" + "x" * 500,
        "",
    ],
)
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    leads_to(monkeypatch, "93.184.216.34")
    with pytest.raises(BadEndpoint):
        check_url(url, loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_our_own_network_is_not_reached(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    leads_to(monkeypatch, address)
    with pytest.raises(BadEndpoint):
        check_url("https://example.com/", loopback=False)
    leads_to(monkeypatch, "93.184.216.34", address)
    for loopback in (False, True):
        with pytest.raises(BadEndpoint):
            check_url("https://example.com/", loopback=loopback)
    assert post("https://example.com/", b"", {}, loopback=False).status is None


def test_the_world_is_reached_by_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "93.184.216.34", "2606:2800:220:1::1")
    check_url("https://example.com:8443/hook?a=b", loopback=False)
    with pytest.raises(BadEndpoint):
        check_url("http://example.com/", loopback=True)


def test_this_machine_is_reached_in_a_demo_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "127.0.0.1", "::1")
    check_url("http://localhost:9000/hook", loopback=True)
    with pytest.raises(BadEndpoint):
        check_url("http://localhost:9000/hook", loopback=False)


def test_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_more: object) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(BadEndpoint):
        check_url("https://example.com/", loopback=True)


def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address that was looked at is the one that is sent to: it is not looked up again."""
    asked: list[str] = []

    def asking(host: str, port: int, *_args: int, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", asking)
    sent = post("http://example.com:1/", b"", {}, loopback=True)
    assert sent.error == "connection"
    assert asked.count("example.com") == 1


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what is posted and keeps it."""

    got: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, self.headers["Host"], content))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_what: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[http.server.HTTPServer]:
    """A server by TLS on this machine, whose own certificate is that of `hook.example`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hook.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    own = tmp_path / "own.pem"
    own.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    (tmp_path / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    there = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    there.socket = context.wrap_socket(there.socket, server_side=True)
    threading.Thread(target=there.serve_forever, daemon=True).start()
    yield there
    there.shutdown()
    there.server_close()


def test_the_certificate_must_be_that_of_the_name(
    monkeypatch: pytest.MonkeyPatch, receiver: http.server.HTTPServer, tmp_path: Path
) -> None:
    leads_to(monkeypatch, "127.0.0.1")
    port = receiver.server_port
    unknown = post(f"https://hook.example:{port}/in?a=b", b"{}", {}, loopback=True)
    assert unknown.error == "trust"
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert post(f"https://other.example:{port}/", b"{}", {}, loopback=True).error == "trust"
    assert not Receiver.got
    assert post(f"https://hook.example:{port}/in?a=b", b"{}", {}, loopback=True).is_taken
    assert Receiver.got == [("/in?a=b", f"hook.example:{port}", b"{}")]
