"""The browser the tests drive, and a Chinese font for it: found, or set up.

Looked for in this order: $SAMEBOAT_CHROMIUM, `chromium` and `google-chrome` on the path, then the
one that was set up before in `.browser`. Run as a program it sets up what is missing: by apt for
root, else by npm, without touching the system.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / ".browser"
NPM_CHROMIUM = "@sparticuz/chromium@147.0.0"  # The newest that Node 20 may install.
NPM_FONT = "@expo-google-fonts/noto-sans-sc@0.4.3"
APT_PACKAGES = {"chromium": "chromium", "font": "fonts-noto-cjk"}

UNPACK = """
const fs = require("fs"), zlib = require("zlib");
const [source, target] = process.argv.slice(1);
fs.writeFileSync(target, zlib.brotliDecompressSync(fs.readFileSync(source)));
"""
FONT_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


class NoBrowser(Exception):
    """There is no browser, and no way to get one here."""


@dataclass(frozen=True)
class Browser:
    """An executable and the environment variables it needs to find its libraries and fonts."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Browser | None:
    """The browser to use, if there is one."""
    named = os.environ.get("SAMEBOAT_CHROMIUM")
    if named and not os.access(named, os.X_OK):
        raise NoBrowser(f"SAMEBOAT_CHROMIUM names {named}, which cannot be run.")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if found:
        return Browser(Path(found), _font_environment())
    if (FOLDER / "chromium").exists():
        libraries = {"LD_LIBRARY_PATH": str(FOLDER / "lib")}
        return Browser(FOLDER / "chromium", libraries | _font_environment())
    return None


def has_chinese_font() -> bool:
    """Whether pages in Chinese are drawn, and not as boxes."""
    if _font_configuration().exists():
        return True
    if not shutil.which("fc-list"):
        return any(Path("/usr/share/fonts").glob("**/*CJK*"))
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def set_up() -> None:
    """Install what is missing, and say so."""
    missing = [
        name
        for name, present in (("chromium", find() is not None), ("font", has_chinese_font()))
        if not present
    ]
    if not missing:
        return
    print(f"Browser tests: setting up {' and '.join(missing)} ...", flush=True)
    if os.getuid() == 0 and shutil.which("apt-get"):
        _by_apt([APT_PACKAGES[name] for name in missing])
    elif shutil.which("npm") and shutil.which("node"):
        if "chromium" in missing:
            _chromium_by_npm()
        if "font" in missing:
            _font_by_npm()
    else:
        raise NoBrowser(
            "The browser tests need Chromium and a Chinese font: as root run `apt-get install "
            "chromium fonts-noto-cjk`, or install Node so that they are fetched by npm."
        )
    if find() is None or not has_chinese_font():
        raise NoBrowser("Chromium or the Chinese font is still missing after the set-up.")


def _by_apt(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", *packages],
    ):
        _run(command, environment=environment)


def _chromium_by_npm() -> None:
    """Chromium with its own libraries. The executable comes last: it marks a whole set-up."""
    package = _npm_pack(NPM_CHROMIUM)
    for name in ("al2023.tar", "swiftshader.tar"):
        _run(["node", "-e", UNPACK, str(package / "bin" / f"{name}.br"), str(FOLDER / name)])
        _run(["tar", "-xf", str(FOLDER / name), "-C", str(FOLDER)])
        (FOLDER / name).unlink()
    draft = FOLDER / "chromium.new"
    _run(["node", "-e", UNPACK, str(package / "bin" / "chromium.br"), str(draft)])
    draft.chmod(0o755)
    draft.rename(FOLDER / "chromium")
    shutil.rmtree(package)


def _font_by_npm() -> None:
    package = _npm_pack(NPM_FONT)
    fonts = FOLDER / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    for file in package.glob("**/NotoSansSC_400Regular.ttf"):
        shutil.copy(file, fonts)
    if not list(fonts.iterdir()):
        raise NoBrowser(f"{NPM_FONT} holds no regular font any more.")
    text = FONT_CONFIGURATION.format(fonts=fonts, cache=FOLDER / "font-cache")
    _font_configuration().write_text(text)
    shutil.rmtree(package)


def _npm_pack(name: str) -> Path:
    """Fetch and unpack one package; no script of it is run."""
    scratch = FOLDER / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    _run(["npm", "pack", "--silent", "--pack-destination", str(scratch), name])
    (archive,) = scratch.glob("*.tgz")
    _run(["tar", "-xzf", str(archive), "-C", str(scratch)])
    return scratch / "package"


def _font_configuration() -> Path:
    return FOLDER / "fonts.conf"


def _font_environment() -> dict[str, str]:
    path = _font_configuration()
    return {"FONTCONFIG_FILE": str(path)} if path.exists() else {}


def _run(command: list[str], *, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    if done.returncode != 0:
        raise NoBrowser(f"`{' '.join(command[:3])}` failed: {done.stderr.strip()[-400:]}")


if __name__ == "__main__":
    try:
        set_up()
    except NoBrowser as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(1) from None
