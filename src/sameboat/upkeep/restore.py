"""Restoring into an empty installation: nothing is trusted before it was checked.

The files are compared with the manifest, the keys with the master key, the record is computed again
and must hold the head that the backup names; what was erased since stays erased.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from sameboat.record.check import check_log
from sameboat.record.queries import holds
from sameboat.runtime import dump
from sameboat.runtime.keys import KeyStore, SignedHead, keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.upkeep import manifest
from sameboat.upkeep.backup import ERASED, copies_of_keys, erased_in, made_at
from sameboat.upkeep.manifest import Manifest


class NotEmpty(Refusal):
    """Something is there that a restore would overwrite."""

    code = "installation_not_empty"
    en = "A backup is restored into an empty installation; {what} is there already."
    zh = "只能恢复到空的安装中；{what} 已存在。"


class NoKeys(Refusal):
    """There is no copy of the key store that fits."""

    code = "no_keys"
    en = "{folder} holds no copy of the key store from the time of the backup or later."
    zh = "{folder} 中没有备份当时或之后的密钥库副本。"


class RecordDiffers(Refusal):
    """The restored record is not the one that was backed up."""

    code = "record_differs"
    en = "The restored record is not the one that was backed up: {why}. Do not use it."
    zh = "恢复的存证与备份时不一致：{why}。请勿使用。"


def prepare(*, backup: Path, keys: Path, url: str) -> Manifest:
    """Check everything that can be checked, then put keys and files in place.

    `keys` is the folder of the copies of the key store: the newest is taken, whatever the age of
    the backup, because it knows more of what was erased and of what was signed.
    """
    chosen = settings()
    for place in (chosen.keystore_path, *(chosen.data_dir / name for name in manifest.FOLDERS)):
        if place.exists():
            raise NotEmpty(what=str(place))
    if not dump.is_empty(url):
        raise NotEmpty(what="the database")
    found = manifest.check(backup)
    copies = copies_of_keys(keys)
    if not copies or made_at(copies[-1]) < found.moment.replace(microsecond=0):
        raise NoKeys(folder=str(keys))
    _place_keys(copies[-1])
    for name in manifest.FOLDERS:
        if (backup / name).is_dir():
            shutil.copytree(backup / name, chosen.data_dir / name)
    return found


def fill(backup: Path, *, url: str) -> None:
    """Fill the empty database."""
    dump.load(url, of=backup / manifest.DATABASE)


def erase_again(*, keys: Path, lists: Sequence[Path] = ()) -> int:
    """Destroy what was erased after the copy of the key store was made; how many keys it held."""
    erased = [pair for file in (keys / ERASED, *lists) for pair in erased_in(file)]
    return keystore().erase_again(erased)


def verify(found: Manifest) -> SignedHead | None:
    """Compute the record again and compare; a later head that is lost, if one was signed."""
    report = check_log()
    if not report.good:
        raise RecordDiffers(why=str(report.findings[0]))
    if not holds(SignedHead(found.size, bytes.fromhex(found.root), found.note)):
        raise RecordDiffers(why=f"it does not hold the head of {found.size} entries")
    signed = keystore().signed_head(found.origin)
    return signed if signed is not None and not holds(signed) else None


def _place_keys(copy: Path) -> None:
    """Put the copy where the key store is; refused where the master key does not open it."""
    path = settings().keystore_path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(copy, path)
    path.chmod(0o600)
    try:
        KeyStore(path, settings().master_key()).get("signing", "operator")
    except Refusal:
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        raise
