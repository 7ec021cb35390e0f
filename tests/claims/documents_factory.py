"""Documents as people send them: photos, scans and PDFs, good and bad, made in memory."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

GPS_SECRET = "taken at the hospital of Ana"


def photo(
    text: str = "", *, size: tuple[int, int] = (640, 480), orientation: int = 1, form: str = "JPEG"
) -> bytes:
    """A photo with EXIF: a sentence as its description, and the way the phone was held."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    draw.text((size[0] // 3, size[1] // 2), text or "diagnosis", fill="black")
    exif = Image.Exif()
    exif[0x010E] = GPS_SECRET
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def page(*, sentence: str = "Acute myocardial infarction", author: str = "") -> PdfWriter:
    """A PDF of one page that says `sentence`."""
    writer = PdfWriter()
    made = writer.add_blank_page(300, 200)
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 12 Tf 20 100 Td ({sentence}) Tj ET".encode())
    made[NameObject("/Contents")] = writer._add_object(content)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    made[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    if author:
        writer.add_metadata({"/Author": author})
    return writer


def written(writer: PdfWriter) -> bytes:
    """The bytes of a PDF."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def report(*, sentence: str = "Acute myocardial infarction", author: str = "Dr. Wang") -> bytes:
    """A hospital's report of one page."""
    return written(page(sentence=sentence, author=author))


def with_photo(jpeg: bytes) -> PdfWriter:
    """A PDF whose page draws `jpeg`, as scanning apps make them."""
    writer = page()
    image = StreamObject()
    image._data = jpeg
    image.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(640),
            NameObject("/Height"): NumberObject(480),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
            NameObject("/Filter"): NameObject("/DCTDecode"),
        }
    )
    resources = writer.pages[0]["/Resources"].get_object()
    assert isinstance(resources, DictionaryObject)
    resources[NameObject("/XObject")] = DictionaryObject(
        {NameObject("/P1"): writer._add_object(image)}
    )
    return writer


def action(kind: str, **values: str) -> DictionaryObject:
    """An action dictionary of PDF, such as one that launches a program."""
    found = DictionaryObject({NameObject("/S"): NameObject(kind)})
    for key, value in values.items():
        found[NameObject(f"/{key}")] = TextStringObject(value)
    return found


def annotated(subtype: str, **entries: DictionaryObject) -> PdfWriter:
    """A PDF with one annotation on its page."""
    writer = page()
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(subtype),
            NameObject("/Rect"): ArrayObject([NumberObject(n) for n in (0, 0, 10, 10)]),
        }
    )
    for key, value in entries.items():
        note[NameObject(f"/{key}")] = value
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    return writer
