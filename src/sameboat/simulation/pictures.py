"""Invented documents as a phone would photograph them: a paper with a heading, lines and a seal.

Written in Chinese where the machine has a font for it, in Latin letters where it has none. Every
paper says that it is a specimen, so that nobody takes it for a real one.
"""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from sameboat.rules.terms import Text
from sameboat.simulation.society import Human

WIDTH, HEIGHT = 720, 960
MARGIN = 60
LINE = 46
QUALITY = 72
PAPER, INK, SEAL = (250, 248, 240), (30, 30, 40), (196, 40, 40)
# Where distributions put their Chinese fonts.
_FONTS = (
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "opentype/noto/NotoSerifCJK-Regular.ttc",
    "google-noto-cjk/NotoSansCJK-Regular.ttc",
    "truetype/wqy/wqy-microhei.ttc",
    "truetype/wqy/wqy-zenhei.ttc",
    "truetype/arphic/uming.ttc",
    "truetype/droid/DroidSansFallbackFull.ttf",
)
HEADINGS: Mapping[str, Text] = {
    "identity": Text(zh="居民身份证（样本）", en="Resident ID card (specimen)"),
    "diagnosis": Text(zh="诊断证明书（样本）", en="Certificate of diagnosis (specimen)"),
    "pathology": Text(zh="病理检查报告（样本）", en="Pathology report (specimen)"),
    "medical_record": Text(zh="住院病历（样本）", en="Medical record (specimen)"),
    "bill": Text(zh="医疗费用清单（样本）", en="Hospital bill (specimen)"),
    "authority": Text(zh="居民户口簿（样本）", en="Household register (specimen)"),
    "accident_report": Text(zh="事故认定书（样本）", en="Accident report (specimen)"),
}

SAY_WHO = ("identity", "authority")
"""Papers that say who somebody is, and nothing of an illness."""


def paper(kind: str, human: Human, lines: Mapping[str, str]) -> bytes:
    """A photo (JPEG) of a document of that kind about somebody; `lines` are what it says."""
    font = _chinese()
    heading = HEADINGS[kind]
    texts = [f"{human.name.hanzi}  {human.name.latin}"]
    if kind in SAY_WHO:
        texts += [human.number, human.born_on.isoformat()]
    texts += [f"{label}: {said}" for label, said in lines.items()]
    if font is None:
        heading = Text(zh=heading.en, en=heading.en)
        texts = [human.name.latin, *(_latin(text) for text in texts[1:])]
    seed = hashlib.sha256("\0".join((kind, *texts)).encode()).digest()
    rng = random.Random(seed)  # noqa: S311 - a picture, not a secret
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, WIDTH - 20, HEIGHT - 20), outline=INK, width=2)
    draw.text((MARGIN, MARGIN), heading.zh, fill=INK, font=_sized(font, 38))
    for number, text in enumerate(texts):
        draw.text((MARGIN, 150 + number * LINE), text[:60], fill=INK, font=_sized(font, 24))
    _seal(draw, rng)
    out = io.BytesIO()
    photo = image.rotate(rng.uniform(-2.5, 2.5), fillcolor=(120, 110, 100), expand=True)
    photo.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _seal(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A round red seal, never twice at the same place."""
    x, y = WIDTH - 240 + rng.randint(-30, 30), HEIGHT - 260 + rng.randint(-40, 40)
    draw.ellipse((x, y, x + 150, y + 150), outline=SEAL, width=5)
    draw.regular_polygon((x + 75, y + 75, 34), n_sides=5, rotation=36, fill=SEAL)


@lru_cache(maxsize=1)
def _chinese() -> Path | None:
    """A font with Chinese characters, or None."""
    for folder in (Path("/usr/share/fonts"), Path("/usr/local/share/fonts")):
        for name in _FONTS:
            if (folder / name).is_file():
                return folder / name
    return None


@lru_cache(maxsize=8)
def _sized(font: Path | None, size: int) -> FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size) if font is None else ImageFont.truetype(font, size)


def _latin(text: str) -> str:
    """What of a text can be drawn without a Chinese font."""
    return "".join(c for c in text if c.isascii()).strip(" :")
