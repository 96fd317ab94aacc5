"""Content types: what is taken, what it means, and what is refused."""

import pytest

from hub.edges.intake.media import ACCEPTED, Media, Shape, marked_codec, read_media
from hub.edges.intake.refusal import Refusal


@pytest.mark.parametrize(
    ("header", "shape", "kept"),
    [
        ("application/json", Shape.JSON, "application/json"),
        ("Application/JSON; charset=UTF-8", Shape.JSON, "application/json; charset=utf-8"),
        ('application/json;charset="GBK"', Shape.JSON, "application/json; charset=gbk"),
        ("application/json; profile=x", Shape.JSON, "application/json"),
        ("application/vnd.city+json", Shape.JSON, "application/vnd.city+json"),
        ("application/cloudevents-batch+json", Shape.JSON, "application/cloudevents-batch+json"),
        ("application/x-ndjson", Shape.LINES, "application/x-ndjson"),
        ("text/csv; header=present", Shape.CSV, "text/csv"),
        ("application/cap+xml", Shape.XML, "application/cap+xml"),
        ("application/datex2+xml", Shape.XML, "application/datex2+xml"),
    ],
)
def test_a_content_type_is_read(header: str, shape: Shape, kept: str) -> None:
    media = read_media(header)
    assert isinstance(media, Media)
    assert (media.shape, media.content_type) == (shape, kept)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "image/svg+xml",
        "application/" + "x" * 200 + "+json",
        "/json",
        "application/json, text/csv",
        "application/json\r\nx: y",
    ],
)
def test_other_content_types_are_refused_with_the_list_of_those_taken(header: str | None) -> None:
    refusal = read_media(header)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.name) == (415, "unsupported-media-type")
    assert all(name in refusal.detail for name in ACCEPTED)
    assert refusal.headers["accept-post"].startswith("application/json")


@pytest.mark.parametrize("charset", ["zlib", "rot13", "utf-7", "unicode_escape", "idna", "nope", "", "utf-8'x"])
def test_a_charset_outside_the_list_never_reaches_the_codec_registry(charset: str) -> None:
    refusal = read_media(f"application/json; charset={charset}")
    assert isinstance(refusal, Refusal)
    assert refusal.status == 415
    assert "gb18030" in refusal.detail


def test_byte_order_marks() -> None:
    assert marked_codec("{}".encode("utf-8-sig")) == "utf-8"
    assert marked_codec("{}".encode("utf-16")) == "utf-16-le"
    assert marked_codec("{}".encode("utf-32")) == "utf-32-le"
    assert marked_codec(b"{}") is None
