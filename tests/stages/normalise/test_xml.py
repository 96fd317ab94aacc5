"""XML as an enemy would send it: nothing expands, nothing is fetched, and every refusal says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.stages.normalise import xml
from hub.vocabulary.messages import Reject, Report
from hub.vocabulary.terms import RejectReason
from tests.stages.normalise.messages import raw_of, read, reject, report, source_of

SAMPLES = Path(__file__).parents[2] / "samples"
XML_FEEDS = ("traffic", "emergency", "open311")
MARK = "a-secret-from-the-disk"

WARNING = """<alert><identifier>1</identifier><sendTime>2026-11-24 09:00:00</sendTime><status>Actual</status>
<msgType>Alert</msgType><info><severity>Red</severity><headline>{headline}</headline></info></alert>"""


def laughs(levels: int = 10) -> bytes:
    entities = ['<!ENTITY l0 "ha">', *(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))]
    return f"<!DOCTYPE alert [{''.join(entities)}]><alert>&l{levels - 1};</alert>".encode()


FORBIDDEN = {
    "billion laughs": laughs(),
    "quadratic blow-up": b"<!DOCTYPE a [<!ENTITY a '" + b"a" * 50_000 + b"'>]><a>" + b"&a;" * 1_000 + b"</a>",
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><a/>',
    "external DTD": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "empty DTD": b"<!DOCTYPE a><a/>",
    "DTD behind a comment": b"<?xml version='1.0'?>\n<!-- > --><?pi ?><!DOCTYPE a []><a/>",
    "DTD in UTF-16": '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16-le"),
    "entity outside a DTD": b"<!ENTITY a 'b'><a/>",
}


@pytest.mark.parametrize("feed", XML_FEEDS)
@pytest.mark.parametrize("body", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_declarations_are_refused(feed: str, body: bytes) -> None:
    assert reject(feed, body, "application/xml").reason is RejectReason.FORBIDDEN_XML


def test_an_external_entity_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(MARK)
    body = f'<!DOCTYPE alert [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + WARNING.format(headline="&x;")
    found = reject("emergency", body.encode(), "application/xml")
    assert MARK not in repr(found)


def test_xinclude_is_text_like_any_other(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(MARK)
    include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    assert MARK not in repr(read("emergency", WARNING.format(headline=include).encode(), "application/xml"))


def test_a_document_type_inside_text_is_text() -> None:
    found = report("emergency", WARNING.format(headline="<![CDATA[<!DOCTYPE a>大风]]>").encode(), "application/xml")
    assert found.title == "<!DOCTYPE a>大风"


def test_the_second_document_inside_a_first_is_no_way_around() -> None:
    body = b"<imsMessage><d2Message><![CDATA[" + laughs() + b"]]></d2Message></imsMessage>"
    assert reject("traffic", body, "application/xml").reason is RejectReason.FORBIDDEN_XML


BROKEN = {
    "truncated": (WARNING.format(headline="大风").encode()[:-9], RejectReason.BAD_XML),
    "cut inside a character": (WARNING.format(headline="大风").encode().partition(b"</headline>")[0][:-1], None),
    "undeclared entity": (b"<alert>&nbsp;</alert>", RejectReason.BAD_XML),
    "two roots": (b"<alert/><alert/>", RejectReason.BAD_XML),
    "NUL": (b"<alert>\x00</alert>", RejectReason.BAD_XML),
    "lone surrogate reference": (b"<alert>&#xD800;</alert>", RejectReason.BAD_XML),
    "NUL reference": (b"<alert>&#0;</alert>", RejectReason.BAD_XML),
    "only a declaration": (b"<?xml version='1.0'?>", RejectReason.BAD_XML),
    "unbound prefix": (b"<a:alert/>", RejectReason.BAD_XML),
    "65 deep": (b"<a>" * 65 + b"</a>" * 65, RejectReason.TOO_DEEP),
    "a million deep": (b"<a>" * 1_000_000, None),
    "too many tags": (b"<a>" + b"<b/>" * xml.MAX_XML_TAGS + b"</a>", RejectReason.TOO_LARGE),
    "too many bytes": (b"<a>" + b" " * xml.MAX_XML_BYTES + b"</a>", RejectReason.TOO_LARGE),
    "declared UTF-8, sent GB 18030": (
        b'<?xml version="1.0" encoding="UTF-8"?>' + WARNING.format(headline="大风").encode("gb18030"),
        RejectReason.BAD_ENCODING,
    ),
    "declared as a Python codec": (b'<?xml version="1.0" encoding="unicode_escape"?><a/>', RejectReason.BAD_ENCODING),
    "declared as nothing": (b'<?xml version="1.0" encoding="x-none"?><a/>', RejectReason.BAD_ENCODING),
}


@pytest.mark.parametrize("feed", XML_FEEDS)
@pytest.mark.parametrize(("body", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_xml_is_one_reject(feed: str, body: bytes, reason: RejectReason | None) -> None:
    found = reject(feed, body, "application/xml")
    assert found.part == 0
    assert reason is None or found.reason is reason
    assert found.message.endswith(".")


#: What stands before the warning, and the codec that the whole is written in.
ENCODINGS = {
    "UTF-8": ("", "utf-8"),
    "UTF-8 with a mark": ("\ufeff", "utf-8"),
    "UTF-16 with a mark": ('\ufeff<?xml version="1.0" encoding="UTF-16"?>', "utf-16-le"),
    "UTF-16 big-endian with a mark": ('\ufeff<?xml version="1.0"?>', "utf-16-be"),
    "UTF-16 without a mark": ('<?xml version="1.0" encoding="UTF-16"?>', "utf-16-le"),
    "GB 2312 declared": ('<?xml version="1.0" encoding="GB2312"?>', "gb18030"),
    "GB 18030 declared": ("<?xml version='1.0' encoding = 'gb18030' ?>", "gb18030"),
    "GB 18030 not declared": ("", "gb18030"),
    "Big5 declared": ('<?xml version="1.0" encoding="Big5"?>', "big5hkscs"),
}


@pytest.mark.parametrize(("start", "codec"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_encodings_are_read(start: str, codec: str) -> None:
    body = (start + WARNING.format(headline="暴雨紅")).encode(codec)
    assert report("emergency", body, "application/xml").title == "暴雨紅"


def test_a_character_beyond_gb_2312_does_not_lose_a_warning() -> None:
    body = ('<?xml version="1.0" encoding="gb2312"?>' + WARNING.format(headline="镕")).encode("gb18030")
    assert report("emergency", body, "application/xml").title == "镕"


def test_latin_1_is_read_as_declared() -> None:
    body = '<?xml version="1.0" encoding="ISO-8859-1"?>' + WARNING.format(headline="Usulután")
    assert report("emergency", body.encode("latin-1"), "application/xml").title == "Usulután"


def test_a_gateway_that_turned_the_text_into_utf_8_is_believed() -> None:
    body = '<?xml version="1.0" encoding="GBK"?>' + WARNING.format(headline="大风")
    assert report("emergency", body.encode(), 'text/xml; charset="UTF-8"').title == "大风"
    assert report("emergency", body.encode("gbk"), 'text/xml; charset="UTF-8"').title == "大风"


def test_paths_count_only_where_there_are_several() -> None:
    root = xml.read_xml(raw_of("traffic", b"<a xmlns='n'><b/><b><c/></b></a>"), source_of("traffic"))
    (leaf,) = xml.descendants(root, "c")
    assert xml.path_of(leaf, "d") == "/a/b[2]/c/d"


PAYLOADS = [path for feed in XML_FEEDS for path in sorted((SAMPLES / feed).glob("*.payload.*"))]
TYPES = {".xml": "application/xml", ".json": "application/json", ".csv": "text/csv"}


@settings(max_examples=200, deadline=None)
@given(path=st.sampled_from(PAYLOADS), data=st.data())
def test_no_damage_to_a_message_escapes_the_room(path: Path, data: st.DataObject) -> None:
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        patch = data.draw(st.binary(max_size=4))
        body[at : at + data.draw(st.integers(0, 40))] = patch
        if not body:
            break
    found = read(path.parent.name, bytes(body), TYPES[path.suffix])
    check_whole(found)


@settings(max_examples=100, deadline=None)
@given(feed=st.sampled_from(XML_FEEDS), body=st.binary(max_size=200), kind=st.sampled_from(list(TYPES.values())))
def test_no_bytes_escape_the_room(feed: str, body: bytes, kind: str) -> None:
    check_whole(read(feed, body, kind))


def check_whole(found: tuple[Report | Reject, ...]) -> None:
    assert [record.part for record in found] == list(range(len(found)))
    assert found
    for record in found:
        text = repr(record)
        text.encode("utf-8")  # no lone surrogate
        assert "\\x00" not in text
        if isinstance(record, Report):
            assert record.title
            assert record.source_id
