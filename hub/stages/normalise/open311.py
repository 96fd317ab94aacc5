"""Reads the open311 feed: GeoReport v2 requests (JSON, XML) and 311 exports (CSV). It must never read what a city wrote
after the fact: status, closing and duplicate columns of an export never reach a report.
"""

from typing import Final

from hub.rulebook.book import Source
from hub.stages.normalise import values, xml
from hub.stages.normalise.decode import MAX_PARTS, BadInput, Item
from hub.stages.normalise.fields import Fields, Names
from hub.stages.normalise.records import read_each, read_items
from hub.vocabulary.messages import CategoryCode, Petitioner, RawMessage, Reject, Report
from hub.vocabulary.terms import CategoryKind, RejectReason, ReportStatus

#: Table that a `service_code` belongs to: the service list of the GeoReport endpoint that sent it.
STANDARD: Final = "Open311 GeoReport v2"

_REQUEST_ID: Final = "service_request_id"
_ID: Final[Names] = (_REQUEST_ID, "case_enquiry_id", "SR_NUMBER", "Unique Key", "CaseID", "id")
_TIME: Final[Names] = ("requested_datetime", "open_dt", "CREATED_DATE", "Created Date", "Opened")
_TITLE: Final[Names] = ("title", "case_title", "service_name", "SR_TYPE", "Complaint Type", "Request Type")
_TEXT: Final[Names] = ("description", "Descriptor", "Request Details")
_PLACE: Final[Names] = ("address", "location", "address_string", "STREET_ADDRESS", "Incident Address", "Address")
_NEIGHBORHOOD: Final[Names] = ("neighborhood", "Neighborhood", "COMMUNITY_AREA", "Borough")
#: Names of the category, widest first.
_CATEGORIES: Final[tuple[Names, ...]] = (
    ("subject", "group", "Agency Name", "OWNER_DEPARTMENT"),
    ("reason", "Category"),
    ("type", "service_name", "SR_TYPE", "Complaint Type", "Request Type"),
)
_LONGITUDE: Final[Names] = ("long", "longitude", "lon", "lng", "LONGITUDE", "Longitude")
_LATITUDE: Final[Names] = ("lat", "latitude", "lat", "lat", "LATITUDE", "Latitude")
#: All that is kept beside the report's own fields. A column that is not named here is never kept: closure_reason,
#: is_duplicate_phrase, parent_case, cluster, closed_dt and case_status are the answer, not the request.
_ATTRIBUTES: Final[tuple[Names, ...]] = (
    ("jurisdiction_id",),
    ("address_id",),
    ("zipcode",),
    ("media_url",),
    ("agency_responsible",),
    ("service_notice",),
    ("expected_datetime",),
    ("queue",),
    _NEIGHBORHOOD,
    ("ward", "WARD"),
    ("source", "Source"),
)
#: Columns by which an export is recognised when nothing declares it a CSV.
_CSV_HEADERS: Final = frozenset({_REQUEST_ID, "case_enquiry_id", "SR_NUMBER", "Unique Key", "CaseID"})


class _XmlRequest(Fields):
    """A GeoReport XML request, read like the JSON one but named by XPath-like paths."""

    __slots__ = ()

    def at(self, name: str) -> str:
        return f"{self.path}/{name}"


def normalise_open311(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every request of the message."""
    if not xml.looks_like_xml(raw.body):
        return read_each(raw, source, _read, _CSV_HEADERS)
    try:
        items = _xml_requests(raw, source)
    except BadInput as bad:
        return (bad.reject(raw, 0),)
    return read_items(raw, source, _read, items, _XmlRequest)


def _xml_requests(raw: RawMessage, source: Source) -> list[Item]:
    root = xml.read_xml(raw, source)
    if xml.name_of(root) not in ("service_requests", "requests", "request"):
        raise BadInput(RejectReason.UNKNOWN_FORMAT, "", "The XML is not a GeoReport list of service requests.")
    requests = list(xml.descendants(root, "request"))
    if not requests:
        raise BadInput(RejectReason.MISSING_FIELD, xml.path_of(root, "request"), "The list holds no request.")
    if len(requests) > MAX_PARTS:
        raise BadInput(RejectReason.TOO_LARGE, "", f"A list may hold at most {MAX_PARTS} requests; send it in pieces.")
    return [
        Item(xml.path_of(request), {xml.name_of(child): xml.text_of(child) for child in request.iterchildren("{*}*")})
        for request in requests
    ]


def _read(fields: Fields, part: int) -> Report:
    raw = fields.raw
    source_id = fields.read_id(_ID)
    is_georeport = fields.find((_REQUEST_ID,))[1] is not None
    occurred_at = fields.time(_TIME)
    if occurred_at is None:
        raise fields.missing(_TIME if is_georeport else _TIME[1:])
    text = fields.text(_TEXT)
    names = tuple(dict.fromkeys(name for name in (fields.line(column) for column in _CATEGORIES) if name))
    title = fields.line(_TITLE) or values.clean_line(text.partition("\n")[0]) or "".join(names[-1:])
    if not title:
        raise fields.missing(_TITLE, "A service name, title or description is required.")
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=occurred_at,
        received_at=raw.received_at,
        title=title,
        text=text,
        updated_at=fields.time(("updated_datetime",)) if is_georeport else None,
        code=_code(fields),
        category_names=names,
        point=fields.point(_LONGITUDE, _LATITUDE),
        address=_address(fields),
        # An export tells the status of the day it was made, long after the request came.
        status=fields.status(("status",)) if is_georeport else ReportStatus.ACTIVE,
        petitioner=_petitioner(fields),
        attributes=fields.attributes(*_ATTRIBUTES),
    )


def _code(fields: Fields) -> CategoryCode | None:
    code = fields.line(("service_code",), 60)
    return CategoryCode(kind=CategoryKind.SERVICE, code=code, standard_ref=STANDARD) if code else None


def _address(fields: Fields) -> str:
    """The place, with single blanks, and the neighbourhood when the place does not name it."""
    place = " ".join(fields.line(_PLACE).split())
    neighbourhood = fields.line(_NEIGHBORHOOD, 80)
    parts = (place, "" if neighbourhood.lower() in place.lower() else neighbourhood)
    return values.clean_line(", ".join(part for part in parts if part), values.MAX_ADDRESS)


def _petitioner(fields: Fields) -> Petitioner | None:
    first, last = fields.line(("first_name",), 60), fields.line(("last_name",), 60)
    # A Chinese name has the family name first and no blank.
    name = f"{first} {last}".strip() if (first + last).isascii() else last + first
    phone = fields.phone(("phone",))
    return Petitioner(name=name, phone=phone) if name or phone else None
