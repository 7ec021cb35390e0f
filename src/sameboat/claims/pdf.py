"""PDFs: refused if they can do anything, rewritten without metadata if they only show something.

No renderer that may be shipped with us is among the dependencies, so pages are not turned into
pictures. Instead the pages alone are copied into a new file: no document information, no XMP, no
names, outlines or earlier revisions; metadata of pages and of the photos inside is cut out; links
lose their targets. A file that holds scripts, launches programs, sends forms or carries other
files is refused whole: cutting parts out of a hostile file is a promise nobody can keep.
"""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Iterator

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
)

from sameboat.runtime.refusals import Refusal

PAGES_MAX = 200
OBJECTS_MAX = 50_000
PHOTO_BYTES_MAX = 40_000_000
UNPACKED_BYTES_MAX = 400_000_000
"""Of all streams together: a scan of 200 pages in colour, uncompressed, is less than that."""
_UNPACKED_AT_ONCE = 1_000_000
_PACKINGS = frozenset({"/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"})
_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"})
_FILE_KEYS = frozenset({"/EF", "/EmbeddedFiles", "/AF"})
_ACTIVE_ACTIONS = frozenset(
    {
        *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE"),
        *("/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView"),
    }
)
_ACTIVE_ANNOTATIONS = frozenset({"/Screen", "/Movie", "/Sound", "/3D", "/RichMedia"})
_CUT_KEYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/A", "/Thumb", "/OpenAction")
_SEGMENT_HEAD_BYTES = 4
# Its warnings quote pieces of the file, and a log must not hold a word of a patient's document.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class PdfEncrypted(Refusal):
    """A PDF that opens with a password, or says what may be done with it."""

    code = "pdf_encrypted"
    en = "The PDF is protected by a password. Save it without protection, or send photos of it."
    zh = "该 PDF 有密码保护。请取消保护后上传，或者上传照片。"


class PdfScripted(Refusal):
    """A PDF that contains scripts, programs to launch, forms to send, or media."""

    code = "pdf_scripted"
    en = (
        "The PDF contains active content ({found}) and cannot be shown safely."
        " Print it to a new PDF, or send photos of it."
    )
    zh = "该 PDF 含有活动内容（{found}），无法安全显示。请打印成新的 PDF，或者上传照片。"


class PdfCarriesFiles(Refusal):
    """A PDF with other files inside it."""

    code = "pdf_carries_files"
    en = "The PDF has other files inside. Send each document by itself."
    zh = "该 PDF 内嵌了其他文件，请分别上传。"


class PdfTooLong(Refusal):
    """A PDF with more pages or parts than anybody could review."""

    code = "pdf_too_long"
    en = "The PDF has more than {pages_max} pages or is too complex; send the pages that matter."
    zh = "该 PDF 超过 {pages_max} 页或过于复杂，请只上传相关页面。"


def rewrite(content: bytes) -> bytes:
    """The pages of the PDF `content` in a new file; raises anything for a file that is none."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise PdfEncrypted()
    _refuse_active(reader)
    if not 1 <= len(reader.pages) <= PAGES_MAX:
        if not reader.pages:
            raise ValueError("a PDF without pages")
        raise PdfTooLong(pages_max=PAGES_MAX)
    _refuse_bombs(reader)
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(page)
    writer.metadata = None
    for item in _walk(writer.root_object):
        _cut(item)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _refuse_active(reader: PdfReader) -> None:
    for item in _walk(reader.trailer):
        found = _ACTIVE_KEYS & item.keys()
        subtype, action = item.get("/Subtype"), item.get("/S")
        if found:
            raise PdfScripted(found=min(found))
        if action in _ACTIVE_ACTIONS:
            raise PdfScripted(found=str(action))
        if subtype in _ACTIVE_ANNOTATIONS:
            raise PdfScripted(found=str(subtype))
        if subtype == "/FileAttachment" or _FILE_KEYS & item.keys():
            raise PdfCarriesFiles()


def _refuse_bombs(reader: PdfReader) -> None:
    """A few kilobytes can unpack to more than a reviewer's machine holds. Nothing is kept here."""
    left = UNPACKED_BYTES_MAX
    for item in _walk(reader.trailer):
        if not isinstance(item, StreamObject):
            continue
        packings = [name for name in _filters(item) if name in _PACKINGS]
        if len(packings) > 1:
            raise ValueError("packed in a packing")
        if packings == ["/FlateDecode"]:
            left -= _unpacked_length(item._data, left)
        if left < 0:
            raise PdfTooLong(pages_max=PAGES_MAX)


def _unpacked_length(data: bytes, most: int) -> int:
    """How many bytes `data` unpacks to; no longer counted beyond `most`."""
    inflate, length, rest = zlib.decompressobj(), 0, data
    while rest and not inflate.eof and length <= most:
        length += len(inflate.decompress(rest, _UNPACKED_AT_ONCE))
        rest = inflate.unconsumed_tail
    return length


def _filters(item: StreamObject) -> list[str]:
    filters = item.get("/Filter", [])
    return [filters] if isinstance(filters, NameObject) else list(filters)


def _walk(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary and stream that can be reached from `root`, each once."""
    waiting: list[PdfObject | None] = [root]
    seen: set[tuple[int, int]] = set()
    steps = 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if (item.idnum, item.generation) in seen:
                continue
            seen.add((item.idnum, item.generation))
            item = item.get_object()
        steps += 1
        if steps > OBJECTS_MAX:
            raise PdfTooLong(pages_max=PAGES_MAX)
        if isinstance(item, DictionaryObject):
            yield item
            waiting.extend(dict.values(item))
        elif isinstance(item, ArrayObject) and not _is_plain(item):
            waiting.extend(list.__iter__(item))


def _is_plain(array: ArrayObject) -> bool:
    """Long arrays of numbers (glyph widths) hold nothing to look at."""
    return not any(
        isinstance(part, DictionaryObject | ArrayObject | IndirectObject)
        for part in list.__iter__(array)
    )


def _cut(item: DictionaryObject) -> None:
    """Take out of one object what says more than the page shows."""
    for key in _CUT_KEYS:
        item.pop(key, None)
    if not isinstance(item, StreamObject):
        return
    chain = _filters(item)
    if chain == ["/DCTDecode"]:
        item._data = _without_segments(item._data)
    elif "/DCTDecode" in chain:
        # A photo packed once more, as some scanning programs do: unpacked, it is a photo like any.
        if chain != ["/FlateDecode", "/DCTDecode"]:
            raise ValueError("a photo packed in an unusual way")
        item._data = _without_segments(_unpacked(item._data))
        item[NameObject("/Filter")] = NameObject("/DCTDecode")
        item.pop("/DecodeParms", None)


def _unpacked(data: bytes) -> bytes:
    """Undo one /FlateDecode, up to a size that no photo within the limits reaches."""
    inflate = zlib.decompressobj()
    unpacked = inflate.decompress(data, PHOTO_BYTES_MAX)
    if inflate.unconsumed_tail:
        raise ValueError("a photo that unpacks to more than can be taken")
    return unpacked


def _without_segments(jpeg: bytes) -> bytes:
    """A JPEG without its comments and application segments: place, camera and time are there.

    Adobe's segment (APP14) stays: it says how the colours are written.
    """
    if not jpeg.startswith(b"\xff\xd8"):
        raise ValueError("not a JPEG")
    kept, at = bytearray(b"\xff\xd8"), 2
    while jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        marker = jpeg[at + 1]
        if marker == 0xFF:  # A fill byte.
            at += 1
            continue
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + _SEGMENT_HEAD_BYTES], "big")
        if marker != 0xFE and not (0xE0 <= marker <= 0xEF and marker != 0xEE):
            kept += jpeg[at:end]
        at = end
    return bytes(kept + jpeg[at:])
