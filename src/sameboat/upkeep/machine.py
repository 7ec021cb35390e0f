"""Whether the machine is as an installation needs it: files, disk, clock, address."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from sameboat.record.queries import head
from sameboat.runtime import beats
from sameboat.runtime.settings import settings
from sameboat.upkeep.finding import Finding, attention, good, wrong

DISK_SCARCE_BYTES = 5 * 1024**3
DISK_FULL_BYTES = 512 * 1024**2
CLOCKS_APART_MAX = timedelta(seconds=5)
PRIVATE = ("keystore", "secrets", "files", "periods", "postgres")
"""Folders of the data directory that nobody else may enter."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
EXAMPLE_ORIGIN = "sameboat.example/"
UNNAMED_PROXY = "proxy.unnamed"
"""The sign of life of somebody who is no trusted proxy and says for whom they ask."""
PROXY_SEEN_WITHIN = timedelta(days=1)


def files() -> Finding:
    """Whether keys and documents are closed to everybody else."""
    open_ones = sorted(str(path) for path in _private() if _open_to_others(path))
    if open_ones:
        names = ", ".join(open_ones[:5])
        return wrong(
            "files",
            zh=f"其他用户可以读取：{names}。请运行 chmod -R go= 收回权限。",
            en=f"Others may read {names}: take it from them with chmod -R go=",
        )
    return good("files", zh="密钥和文件只有本用户可读。", en="Keys and files are ours alone.")


def keys_apart() -> Finding:
    """Whether the master key lies apart from what it opens."""
    chosen = settings()
    beside = chosen.master_key_file is None or chosen.master_key_file.is_relative_to(
        chosen.data_dir
    )
    if beside and chosen.mode == "production":
        return attention(
            "keys_apart",
            zh="主密钥与密钥库在同一目录：请用 SAMEBOAT_MASTER_KEY_FILE 放到别处。",
            en="The master key lies beside the key store: whoever copies the folder has both. "
            "Put it elsewhere and name it in SAMEBOAT_MASTER_KEY_FILE.",
        )
    return good("keys_apart", zh="主密钥的位置合适。", en="The master key is where it may be.")


def disk() -> Finding:
    """Whether there is room left where data is written."""
    chosen = settings()
    places = {chosen.data_dir, chosen.keystore_path.parent}
    free = min(shutil.disk_usage(place).free for place in places if place.exists())
    said = f"{free / 1024**3:.1f} GB"
    if free < DISK_SCARCE_BYTES:
        grave = wrong if free < DISK_FULL_BYTES else attention
        return grave(
            "disk", zh=f"磁盘只剩 {said}：请腾出空间。", en=f"Only {said} are left: make room."
        )
    return good("disk", zh=f"磁盘剩余 {said}。", en=f"{said} are left on the disk.")


def clock(*, now: datetime, by_the_machine: datetime) -> Finding:
    """Whether the clock agrees with the database's, and has not gone back behind the record."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    apart = abs(theirs - by_the_machine)
    if apart > CLOCKS_APART_MAX:
        return wrong(
            "clock",
            zh=f"本机与数据库的时钟相差 {_seconds(apart)} 秒：请校时（NTP）。",
            en=f"This machine's clock and the database's are {_seconds(apart)} seconds apart: "
            "set both by NTP.",
        )
    newest = head()
    if newest is not None and newest.signed_at > now + CLOCKS_APART_MAX:
        ahead = _seconds(newest.signed_at - now)
        return wrong(
            "clock",
            zh=f"最新的存证比现在的时间晚 {ahead} 秒：时钟被调慢了。",
            en=f"The record's newest head is {ahead} seconds in the future: the clock went back.",
        )
    return good("clock", zh="时钟正常。", en="The clock is right.")


def address() -> Finding:
    """Whether members can reach the installation under its name, and the record has one."""
    chosen = settings()
    if chosen.mode != "production":
        return attention(
            "address",
            zh="演示模式：没有 HTTPS，时钟可以调整，不能用于真实的成员。",
            en="This is a demonstration: no HTTPS, a clock that can be moved. Not for real people.",
        )
    if LOOPBACK.issuperset(chosen.hosts):
        return wrong(
            "address",
            zh="SAMEBOAT_HOSTS 只有本机：成员用域名访问会得到 400。",
            en="SAMEBOAT_HOSTS names this machine only: by any other name members get 400.",
        )
    if chosen.record_origin.startswith(EXAMPLE_ORIGIN):
        return wrong(
            "address",
            zh="SAMEBOAT_RECORD_ORIGIN 仍是示例：存证启动前请设为自己的名称。",
            en="SAMEBOAT_RECORD_ORIGIN is still the example: name your record before it begins.",
        )
    hosts = ", ".join(chosen.hosts)
    return good("address", zh=f"以 {hosts} 访问。", en=f"Reached as {hosts}, by HTTPS only.")


def proxies() -> Finding:
    """Whether whoever says for whom it asks is a proxy that the settings name."""
    seen = beats.ages().get(UNNAMED_PROXY)
    named = ", ".join(map(str, settings().trusted_proxies))
    if seen is None or seen.well is None or seen.well > PROXY_SEEN_WITHIN:
        told = named or "–"
        return good("proxies", zh=f"可信的代理服务器：{told}。", en=f"Trusted proxies: {told}.")
    return attention(
        "proxies",
        zh="有未列入 SAMEBOAT_TRUSTED_PROXIES 的来源发送了 X-Forwarded-For："
        "若是您的代理服务器，请列入，否则所有人共用一个限额；若不是，则有人在伪造，未予采信。",
        en="Requests came with X-Forwarded-For from an address that SAMEBOAT_TRUSTED_PROXIES does "
        "not name. If that is your proxy, name it: else everybody behind it shares one limit. "
        "If not, somebody forges it, and it was not believed.",
    )


def _private() -> Iterator[Path]:
    """What holds keys or documents: the folders, and the files that a path could name."""
    chosen = settings()
    for name in PRIVATE:
        yield chosen.data_dir / name
    yield chosen.keystore_path
    for file in (chosen.master_key_file, chosen.secret_key_file, chosen.metrics_token_file):
        if file is not None:
            yield file
    yield from (chosen.data_dir / "secrets").glob("*")


def _open_to_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
