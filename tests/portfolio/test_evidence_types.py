"""What a file truly is, and whether it is taken."""

import io
import zipfile

import pytest

from lti_tool.portfolio.evidence_types import FileNotTaken, true_type


def zipped(*members: str, **contents: str) -> bytes:
    """A ZIP folder with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as folder:
        for name in members:
            folder.writestr(name, contents.get(name, "x"))
    return buffer.getvalue()


def open_document(kind: str, *more: str) -> bytes:
    """An OpenDocument file of a kind."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as folder:
        folder.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        for name in more:
            folder.writestr(name, "x")
    return buffer.getvalue()


def old_office(stream: str, extra: str = "") -> bytes:
    """A compound file with a stream of this name in its directory."""
    words = stream.encode("utf-16-le") + bytes(40) + extra.encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + words + bytes(200)


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(100)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(50)


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "plan.pdf", "application/pdf"),
        (PNG, "wall.png", "image/png"),
        (JPEG, "wall.jpg", "image/jpeg"),
        (b"GIF89a" + bytes(50), "a.gif", "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(50), "a.webp", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50), "IMG_1.HEIC", "image/heif"),
        (MP4, "lesson.mp4", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(50), "lesson.mov", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88webm" + bytes(50), "lesson.webm", "video/webm"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(50), "talk.wav", "audio/wav"),
        (b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 50, "talk.mp3", "audio/mpeg"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom" + bytes(50), "talk.m4a", "audio/mp4"),
        (b"OggS\0\2" + bytes(50), "talk.ogg", "audio/ogg"),
        (b"{\\rtf1\\ansi hello}", "notes.rtf", "application/rtf"),
        (b"a,b\n1,2\n", "data.csv", "text/csv"),
        ("Añade más".encode(), "notas.txt", "text/plain"),
        ("Añade más".encode("utf-16"), "notas.txt", "text/plain"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", "wordprocessingml"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", "spreadsheetml"),
        (zipped("[Content_Types].xml", "ppt/slides.xml"), "a.pptx", "presentationml"),
        (open_document("text"), "a.odt", "opendocument.text"),
        (old_office("WordDocument"), "a.doc", "application/msword"),
        (old_office("Workbook"), "a.xls", "application/vnd.ms-excel"),
    ],
)
def test_documents_pictures_sound_film_and_text_are_taken(content, name, media_type):
    assert media_type in true_type(io.BytesIO(content), name).media_type


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<!doctype html><script>alert(1)</script>", "lesson.html"),
        (b"<!doctype html><script>alert(1)</script>", "lesson.pdf"),
        (b"<!doctype html><script>alert(1)</script>", "lesson.txt"),
        (b"   \n\n<svg onload=alert(1)>", "picture.txt"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "picture.svg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "picture.png"),
        (b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0", "lesson.pdf"),
        (b"\x7fELF\2\1\1" + bytes(100), "film.mp4"),
        (b"#!/bin/sh\nrm -rf /", "notes.txt"),
        (b"<?php system($_GET[0]);", "notes.txt"),
        (b"alert(1)", "run.js"),
        (zipped("a.txt"), "folder.zip"),
        (zipped("a.txt"), "folder.docx"),
        (zipped("META-INF/MANIFEST.MF", "A.class"), "plan.docx"),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx"),
        (open_document("text", "Basic/Standard/Module1.xml"), "a.odt"),
        (old_office("WordDocument", "_VBA_PROJECT"), "a.doc"),
        (old_office("Nothing"), "setup.msi"),
        (b"PK\x03\x04 broken", "a.docx"),
        (b"just words", "plan.pdf"),
        (b"words \0 and a zero", "notes.txt"),
        (b"words without a kind", "notes"),
        (bytes(40) + b"%PDF-1.4", "late.pdf"),
        (b"", "empty.pdf"),
    ],
)
def test_whatever_runs_and_whatever_lies_is_refused(content, name):
    with pytest.raises(FileNotTaken) as refusal:
        true_type(io.BytesIO(content), name)

    assert name in str(refusal.value)


def test_a_picture_with_the_wrong_ending_is_taken_as_what_it_is():
    assert true_type(io.BytesIO(JPEG), "photo.png").media_type == "image/jpeg"


def test_a_script_far_inside_a_text_is_found():
    content = b"harmless words\n" * 200_000 + b"<script>alert(1)</script>"

    with pytest.raises(FileNotTaken):
        true_type(io.BytesIO(content), "long.txt")
