"""Viewing copies: what people see of an uploaded document, made anew from what it shows.

The original is never shown. A photo is decoded and drawn again, upright and without metadata (no
place, no camera, no time), and made smaller where it is larger than a screen can use. A PDF is
rewritten by `claims.pdf`. What does not open as the type its bytes say is refused: nobody should
learn at the assessment that a document could not be read.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import puremagic
from PIL import Image, ImageOps

from sameboat.claims import pdf
from sameboat.runtime.refusals import Refusal

BYTES_MAX = 20_000_000
PIXELS_MAX = 64_000_000
"""Whole photos of today's phones (50 megapixels); a bomb of a few kB unpacks to far more."""
SIDE_MAX = 3_000
"""Pixels of a viewing copy's longer side: a page of small print stays legible."""
QUALITY = 85
_HEAD_BYTES = 4_096
_IMAGES = {"image/jpeg": ("JPEG", "MPO"), "image/png": ("PNG",), "image/webp": ("WEBP",)}
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})


class DocumentEmpty(Refusal):
    """The uploaded file has no bytes."""

    code = "document_empty"
    en = "The file is empty; choose it again."
    zh = "文件是空的，请重新选择。"


class DocumentTooLarge(Refusal):
    """The uploaded file is longer than the limit."""

    code = "document_too_large"
    en = "The file has {megabytes} MB; at most {megabytes_max} MB can be taken."
    zh = "文件为 {megabytes} MB，最大 {megabytes_max} MB。"


class DocumentTypeRefused(Refusal):
    """The bytes are not of a type that can be shown safely."""

    code = "document_type_refused"
    en = "This file is of the type {found}. Send a photo (JPEG, PNG, WebP) or a PDF."
    zh = "该文件类型为 {found}。请上传照片（JPEG、PNG、WebP）或 PDF。"


class HeicRefused(Refusal):
    """A photo in Apple's HEIC form, which most machines cannot show."""

    code = "heic_refused"
    en = (
        "This photo is in the HEIC format, which the reviewers' machines cannot show. On an iPhone"
        " choose Settings > Camera > Formats > Most Compatible and take it again, or send a"
        " screenshot of it."
    )
    zh = (
        "这张照片是 HEIC 格式，审核人员的设备无法显示。请在 iPhone 的“设置 > 相机 > 格式”中"
        "选择“兼容性最佳”后重拍，或者上传该照片的截图。"
    )


class ImageTooLarge(Refusal):
    """A picture with more pixels than the limit, or that claims so."""

    code = "image_too_large"
    en = "The picture has more than {megapixels_max} megapixels; send it in a smaller size."
    zh = "图片超过 {megapixels_max} 百万像素，请缩小后上传。"


class ImageMoves(Refusal):
    """An animation: a viewer would judge one picture of several."""

    code = "image_moves"
    en = "The picture is an animation; send a still photo."
    zh = "图片是动画，请上传静态照片。"


class DocumentDamaged(Refusal):
    """The file does not open as what its first bytes say it is."""

    code = "document_damaged"
    en = "The file cannot be opened: it is damaged or incomplete. Take or send it again."
    zh = "文件无法打开：已损坏或不完整，请重新拍摄或上传。"


@dataclass(frozen=True, slots=True)
class ViewingCopy:
    """What people may see of a document."""

    content: bytes
    media_type: str
    """`image/jpeg` or `application/pdf`."""
    original_type: str


def viewing_copy(content: bytes) -> ViewingCopy:
    """Make what people will see of the document `content`; refuses what cannot be shown."""
    if not content:
        raise DocumentEmpty()
    if len(content) > BYTES_MAX:
        raise DocumentTooLarge(
            megabytes=-(-len(content) // 1_000_000), megabytes_max=BYTES_MAX // 1_000_000
        )
    found = media_type(content)
    if found == "application/pdf":
        return ViewingCopy(_redrawn_pdf(content), found, found)
    return ViewingCopy(_redrawn_image(content, _IMAGES[found]), "image/jpeg", found)


def media_type(content: bytes) -> str:
    """The type that the bytes tell, whatever the file is called; refuses all but photo and PDF."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        raise HeicRefused()
    try:
        # The first bytes only: a file that is two things at once is the one it begins as.
        told = [str(match.mime_type) for match in puremagic.magic_string(content[:_HEAD_BYTES])]
    except puremagic.PureError:
        told = []
    for mime in told:
        if mime in _IMAGES or (mime == "application/pdf" and content.startswith(b"%PDF-")):
            return mime
    raise DocumentTypeRefused(found=next((mime for mime in told if mime), "?"))


def _redrawn_pdf(content: bytes) -> bytes:
    try:
        return pdf.rewrite(content)
    except Refusal:
        raise
    # A hostile file may make a parser raise anything; whatever it is, the file does not open.
    except Exception:
        raise DocumentDamaged() from None


def _redrawn_image(content: bytes, formats: tuple[str, ...]) -> bytes:
    try:
        return _redraw(content, formats)
    except Refusal:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageTooLarge(megapixels_max=PIXELS_MAX // 1_000_000) from None
    # A hostile file may make a decoder raise anything; whatever it is, the file does not open.
    except Exception:
        raise DocumentDamaged() from None


def _redraw(content: bytes, formats: tuple[str, ...]) -> bytes:
    with Image.open(io.BytesIO(content), formats=formats) as opened:
        # Before any pixel is decoded: the header alone says how much memory it would take.
        if opened.width * opened.height > PIXELS_MAX:
            raise ImageTooLarge(megapixels_max=PIXELS_MAX // 1_000_000)
        # The second picture of a phone's MPO is a preview of the first.
        if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
            raise ImageMoves()
        # A JPEG decoder can halve while it reads: a 50-megapixel photo never stands whole in
        # memory.
        opened.draft("RGB", (SIDE_MAX, SIDE_MAX))
        opened.load()
        small = _eight_bits(opened)
        small.thumbnail((SIDE_MAX, SIDE_MAX))
        upright = ImageOps.exif_transpose(small).convert("RGBA")
    # A new picture carries no metadata of the old one; what was transparent becomes paper.
    drawn = Image.new("RGB", upright.size, "white")
    drawn.paste(upright, mask=upright.getchannel("A"))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _eight_bits(image: Image.Image) -> Image.Image:
    """A scan of 16 bits a pixel would be cut to white, not scaled, by a plain conversion."""
    if image.mode.startswith("I;16"):
        return image.point(lambda level: level * (1 / 256)).convert("L")
    return image
