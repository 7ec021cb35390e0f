"""Viewing copies show what the document shows, and nothing else of it."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ArrayObject, NameObject, StreamObject

from claims import documents_factory as documents
from sameboat.claims import pdf, viewing
from sameboat.claims.viewing import viewing_copy

TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def red_corner(image: Image.Image) -> str:
    """In which corner the red mark of `documents.photo` stands."""
    w, h = image.size
    corners = {"top left": (9, 9), "top right": (w - 9, 9), "bottom left": (9, h - 9)}
    for name, at in corners.items():
        pixel = image.convert("RGB").getpixel(at)
        assert isinstance(pixel, tuple)
        if pixel[0] > 200 and pixel[1] < 80:
            return name
    return "bottom right"


class TestPhoto:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_is_drawn_anew_as_jpeg_without_metadata(self, form: str) -> None:
        original = documents.photo(form=form)
        assert documents.GPS_SECRET.encode() in original
        copy = viewing_copy(original)
        assert copy.media_type == "image/jpeg"
        assert copy.original_type == f"image/{form.lower()}"
        assert documents.GPS_SECRET.encode() not in copy.content
        assert not opened(copy.content).getexif()
        assert opened(copy.content).size == (640, 480)

    def test_stands_upright_however_the_phone_was_held(self) -> None:
        turned = viewing_copy(documents.photo(orientation=6))
        assert opened(turned.content).size == (480, 640)
        assert red_corner(opened(turned.content)) == "top right"

    def test_of_fifty_megapixels_is_taken_and_made_smaller(self) -> None:
        copy = viewing_copy(documents.photo(size=(8160, 6144)))
        assert max(opened(copy.content).size) == viewing.SIDE_MAX

    def test_comment_is_not_carried_over(self) -> None:
        out = io.BytesIO()
        Image.new("RGB", (9, 9)).save(out, "JPEG", comment=b"patient Wu Ana")
        assert b"Wu Ana" in out.getvalue()
        assert b"Wu Ana" not in viewing_copy(out.getvalue()).content

    def test_sixteen_bit_scan_keeps_its_greys(self) -> None:
        out = io.BytesIO()
        Image.new("I;16", (20, 20), 0x8000).save(out, "PNG")
        pixel = opened(viewing_copy(out.getvalue()).content).getpixel((9, 9))
        assert isinstance(pixel, tuple)
        assert abs(pixel[0] - 128) < 4

    def test_transparent_becomes_paper(self) -> None:
        out = io.BytesIO()
        Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
        assert opened(viewing_copy(out.getvalue()).content).getpixel((9, 9)) == (255, 255, 255)


class TestRefused:
    @pytest.mark.parametrize("brand", [b"heic", b"mif1"])
    def test_heic_with_the_way_to_mend_it(self, brand: bytes) -> None:
        with pytest.raises(viewing.HeicRefused) as refused:
            viewing_copy(b"\0\0\0\x24ftyp" + brand + b"\0\0\0\0mif1heic" + b"\0" * 64)
        assert "Most Compatible" in refused.value.explain("en")
        assert "兼容性最佳" in refused.value.explain("zh")

    @pytest.mark.parametrize(
        "content",
        [
            b"PK\x03\x04" + b"\0" * 60,
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>",
            b"<html><script>alert(1)</script>",
            b"just words",
            b"GIF89a" + b"\0" * 30,
            b"garbage before %PDF-1.7",
        ],
    )
    def test_any_other_type(self, content: bytes) -> None:
        with pytest.raises(viewing.DocumentTypeRefused):
            viewing_copy(content)

    def test_nothing(self) -> None:
        with pytest.raises(viewing.DocumentEmpty):
            viewing_copy(b"")

    def test_more_bytes_than_the_limit(self) -> None:
        with pytest.raises(viewing.DocumentTooLarge):
            viewing_copy(b"\xff\xd8" + b"\0" * viewing.BYTES_MAX)

    def test_a_photo_cut_in_the_middle(self) -> None:
        whole = documents.photo(size=(1200, 900))
        with pytest.raises(viewing.DocumentDamaged):
            viewing_copy(whole[: len(whole) // 2])

    @pytest.mark.parametrize("side", [9_000, 12_000, 60_000])
    def test_a_bomb_before_it_is_unpacked(self, side: int) -> None:
        with pytest.raises(viewing.ImageTooLarge):
            viewing_copy(png_that_claims(side))

    def test_an_animation(self) -> None:
        out = io.BytesIO()
        first, second = Image.new("RGB", (9, 9), "red"), Image.new("RGB", (9, 9), "blue")
        first.save(out, "WEBP", save_all=True, append_images=[second])
        with pytest.raises(viewing.ImageMoves):
            viewing_copy(out.getvalue())


def png_that_claims(side: int) -> bytes:
    """A few bytes of PNG that say they are `side` x `side` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def plain_pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first one is its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = (len(objects) + 1, table)
    return bytes(out) + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % end


class TestPdf:
    def test_keeps_its_words_and_loses_its_author(self) -> None:
        original = documents.report(sentence="Stent of 2 vessels", author="Dr. Wang")
        copy = viewing_copy(original)
        assert copy.media_type == copy.original_type == "application/pdf"
        reader = PdfReader(io.BytesIO(copy.content))
        assert "Stent of 2 vessels" in reader.pages[0].extract_text()
        assert b"Wang" in original
        assert b"Wang" not in copy.content

    def test_photos_inside_lose_their_place_and_stay_photos(self) -> None:
        original = documents.written(documents.with_photo(documents.photo()))
        assert documents.GPS_SECRET.encode() in original
        copy = viewing_copy(original).content
        assert documents.GPS_SECRET.encode() not in copy
        inside = PdfReader(io.BytesIO(copy)).pages[0].images[0].image
        assert inside is not None
        assert red_corner(inside) == "top left"

    def test_photos_packed_twice_lose_it_too(self) -> None:
        writer = documents.with_photo(documents.photo())
        image = next(
            item
            for item in writer._objects
            if isinstance(item, StreamObject) and item.get("/Subtype") == "/Image"
        )
        image._data = zlib.compress(image._data)
        packed = ArrayObject([NameObject("/FlateDecode"), NameObject("/DCTDecode")])
        image[NameObject("/Filter")] = packed
        copy = viewing_copy(documents.written(writer)).content
        assert documents.GPS_SECRET.encode() not in copy
        inside = PdfReader(io.BytesIO(copy)).pages[0].images[0].image
        assert inside is not None
        assert red_corner(inside) == "top left"

    @pytest.mark.parametrize(
        ("tree", "page"),
        [
            (b"<</Type/Pages/Kids[2 0 R]/Count 1>>", b"<<>>"),
            (b"<</Type/Pages/Kids[" + b"3 0 R " * 99_999 + b"]/Count 99999>>", PAGE),
            (TREE, b"<</Type/Page/X " + b"[" * 99_999 + b"]" * 99_999 + b">>"),
            (b"<</Type/Pages/Kids[]/Count 0>>", PAGE),
        ],
        ids=["a page tree that bites its tail", "one page often", "nested deep", "no page"],
    )
    def test_made_to_hurt_is_refused_at_once(self, tree: bytes, page: bytes) -> None:
        with pytest.raises((viewing.DocumentDamaged, pdf.PdfTooLong)):
            viewing_copy(plain_pdf(b"<</Type/Catalog/Pages 2 0 R>>", tree, page))

    def test_with_endless_parts_is_refused(self) -> None:
        parts = b" ".join(b"%d 0 R" % number for number in range(4, pdf.OBJECTS_MAX + 10))
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/X[" + parts + b"]>>"
        many = [b"<<>>"] * (pdf.OBJECTS_MAX + 6)
        with pytest.raises(pdf.PdfTooLong):
            viewing_copy(plain_pdf(b"<</Type/Catalog/Pages 2 0 R>>", TREE, page, *many))

    def test_with_a_password_is_refused(self) -> None:
        writer = documents.page()
        writer.encrypt("secret", algorithm="RC4-128")
        with pytest.raises(pdf.PdfEncrypted):
            viewing_copy(documents.written(writer))

    def test_with_a_script_is_refused(self) -> None:
        writer = documents.page()
        script = documents.action("/JavaScript", JS="app.alert('x')")
        writer.root_object[NameObject("/OpenAction")] = script
        with pytest.raises(pdf.PdfScripted):
            viewing_copy(documents.written(writer))

    @pytest.mark.parametrize("kind", ["/Launch", "/JavaScript", "/SubmitForm", "/GoToE"])
    def test_with_an_action_on_a_link_is_refused(self, kind: str) -> None:
        writer = documents.annotated("/Link", A=documents.action(kind, F="cmd.exe"))
        with pytest.raises(pdf.PdfScripted):
            viewing_copy(documents.written(writer))

    def test_with_a_file_inside_is_refused(self) -> None:
        writer = documents.page()
        writer.add_attachment("virus.exe", b"MZ")
        with pytest.raises(pdf.PdfCarriesFiles):
            viewing_copy(documents.written(writer))

    @pytest.mark.parametrize("subtype", ["/FileAttachment"])
    def test_with_a_file_pinned_to_a_page_is_refused(self, subtype: str) -> None:
        with pytest.raises(pdf.PdfCarriesFiles):
            viewing_copy(documents.written(documents.annotated(subtype)))

    def test_link_loses_its_target(self) -> None:
        link = documents.action("/URI", URI="https://phishing.example/")
        copy = viewing_copy(documents.written(documents.annotated("/Link", A=link)))
        assert b"phishing.example" not in copy.content

    @pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF", b"%PDF-" + b"\0" * 99])
    def test_that_is_none_is_refused(self, content: bytes) -> None:
        with pytest.raises(viewing.DocumentDamaged):
            viewing_copy(content)

    def test_longer_than_anybody_reviews_is_refused(self) -> None:
        writer = documents.page()
        for _ in range(pdf.PAGES_MAX):
            writer.add_blank_page(10, 10)
        with pytest.raises(pdf.PdfTooLong):
            viewing_copy(documents.written(writer))

    def test_cut_in_the_middle_is_never_half_shown(self) -> None:
        whole = documents.report()
        try:
            copy = viewing_copy(whole[: len(whole) // 2])
        except viewing.DocumentDamaged:
            return
        assert "myocardial" in PdfReader(io.BytesIO(copy.content)).pages[0].extract_text()
