"""`sameboat backup` and `sameboat restore`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli import language
from sameboat.cli.database import bring_up_to_date, start_database
from sameboat.runtime import clock, postgres
from sameboat.runtime.settings import settings
from sameboat.upkeep import backup as backing_up
from sameboat.upkeep import restore as restoring

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
KeysOption = Annotated[
    Path,
    typer.Option(file_okay=False, help="Folder for copies of the key store; apart from the rest."),
]


def backup(
    keys: KeysOption,
    to: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", file_okay=False, help="Folder of the backups."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all but so many of the newest backups.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Back up the database, documents and periods into FOLDER, and the keys into another folder.

    It works while the installation runs. Without FOLDER only the keys and the list of what was
    erased are written, which is quick: do it every few minutes. Copies of the key store older than
    30 days are removed each time. The master key is not copied: keep it apart from all of this.

    Exit codes: 0 done; 1 refused, and there is no new backup.

    Example: sameboat backup /backup/sameboat --keys /keys/sameboat --keep 14
    """
    now = clock.now()
    if to is None:
        made = backing_up.back_up_keys(to=keys, now=now)
    else:
        made = backing_up.back_up(to=to, keys=keys, url=_url(), now=now)
    removed = backing_up.drop_old(to, keep=keep) if to is not None and keep is not None else []
    if as_json:
        print(json.dumps({"made": str(made), "removed": [str(path) for path in removed]}))
    else:
        print(f"{'已备份' if language() == 'zh' else 'Backed up'}: {made}")


def restore(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="One backup, by its folder.")
    ],
    keys: KeysOption,
    erased: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Another list of what was erased."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into an empty installation, and verify it against the record.

    Put the master key and the secret key in place first. Every file is compared with the manifest,
    the newest copy of the key store is taken, what was erased since stays erased, and the record
    is computed again. If entries are lost that were signed before, nothing will be signed until
    that was admitted (`sameboat record admit-loss`).

    Exit codes: 0 restored; 1 refused, or something is not what it was.

    Example: sameboat restore /backup/sameboat/20261125T030000Z --keys /keys/sameboat
    """
    start_database()
    manifest = restoring.prepare(backup=folder, keys=keys, url=_url())
    again = restoring.erase_again(keys=keys, lists=erased or ())
    restoring.fill(folder, url=_url())
    bring_up_to_date()
    lost = restoring.verify(manifest)
    if as_json:
        told = {"made_at": manifest.made_at, "entries": manifest.size, "erased_again": again}
        print(json.dumps({**told, "lost_head": lost.note if lost else None}))
    else:
        _tell(manifest.made_at, manifest.size, again, lost.size if lost else None)


def _tell(made_at: str, entries: int, again: int, lost: int | None) -> None:
    if language() == "zh":
        print(f"已恢复 {made_at} 的备份；存证 {entries:,} 条，已重新计算，与备份一致。")
        print(f"备份之后删除的密钥 {again:,} 个，已再次销毁。")
        if lost is not None:
            print(f"注意：此后已签署过 {lost:,} 条的树头，备份中没有；请换用更新的备份。")
        print("启动后台进程之前：运行 sameboat check，并与支付渠道的对账单核对。")
        return
    print(f"Restored the backup of {made_at}; its record of {entries:,} entries is what it was.")
    print(f"Keys destroyed since and destroyed again: {again:,}.")
    if lost is not None:
        print(f"A head of {lost:,} entries was signed later and is lost: look for a newer backup.")
    print("Before the worker is started: sameboat check, and compare the gateway's statement.")


def _url() -> str:
    chosen = settings()
    if chosen.database_url is not None:
        return chosen.database_url.get_secret_value()
    return postgres.url(data_dir=chosen.data_dir)
