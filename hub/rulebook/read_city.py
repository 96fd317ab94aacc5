"""Reads city.yaml: who the city is, its districts, bureaus, sources, places and devices. It must never read a file."""

import codecs
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hub.rulebook.book import Bureau, City, Device, District, KnownPlace, LocalUnit, Name, Outline, Source
from hub.rulebook.yaml_nodes import Item, did_you_mean
from hub.vocabulary.places import Point
from hub.vocabulary.terms import CoordinateSystem, Feed

#: A code or key: what may stand in ids, URLs and topic names.
KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")

_CITY = (
    "code name timezone bounds margin_m fallback_bureau bureaus districts local_units sources places devices".split(),
    "code name timezone bounds fallback_bureau bureaus districts sources".split(),
)
_SOURCE = "feed name system timezone encodings silent_after_seconds default_points".split()
_DAY_SECONDS = 86_400


def read_city(root: Item, outlines: Mapping[str, Outline], list_bureaus: tuple[Bureau, ...] = ()) -> City:
    """The city, with bureaus that only its duty list names; wrong parts are noted as errors and left out."""
    fields = root.fields(*_CITY)
    spellings: dict[str, str] = {}
    bureaus = (*_bureaus(fields.get("bureaus"), spellings), *list_bureaus)
    known_bureaus = [bureau.id for bureau in bureaus]
    local_units = _local_units(fields.get("local_units"), known_bureaus, spellings)
    local = [unit.id for unit in local_units if unit.assigned]
    districts = _districts(fields.get("districts"), known_bureaus, local, outlines)
    codes = [district.code for district in districts]
    _check_bureau_districts(fields.get("bureaus"), codes)
    return City(
        code=key(fields["code"]) if "code" in fields else "",
        name=name(fields.get("name")),
        timezone=zone(fields.get("timezone")),
        bounds=_bounds(fields.get("bounds")),
        margin_m=fields["margin_m"].number(0, 20_000) if "margin_m" in fields else 500.0,
        districts=districts,
        bureaus=bureaus,
        sources=_sources(fields.get("sources")),
        local_units=local_units,
        places=_places(fields.get("places"), codes),
        devices=_devices(fields.get("devices"), codes),
        fallback_bureau=fields["fallback_bureau"].reference(known_bureaus, "bureau")
        if "fallback_bureau" in fields
        else "",
    )


def read_units(root: Item) -> tuple[Bureau, ...]:
    """The bureaus of duties/units.yaml, which the duty list names and city.yaml does not."""
    fields = root.fields(("bureaus",), ("bureaus",))
    return _bureaus(fields.get("bureaus"), {})


def key(item: Item) -> str:
    """A text usable as a key; anything else is noted."""
    value = item.text()
    if value and not KEY.fullmatch(value):
        item.error(f"`{value}` cannot be a key: letters, digits, `-`, `_` and `.` only, at most 64")
    return value


def name(item: Item | None) -> Name:
    """A name in both languages."""
    if item is None:
        return Name(zh="", en="")
    fields = item.fields(("zh", "en"), ("zh", "en"))
    return Name(
        zh=fields["zh"].text() if "zh" in fields else "",
        en=fields["en"].text() if "en" in fields else "",
    )


def zone(item: Item | None) -> str:
    """An IANA time zone."""
    value = item.text() if item is not None else ""
    if item is None or not value:
        return "UTC"
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        item.error(f"`{value}` is no IANA time zone, such as Asia/Shanghai")
        return "UTC"
    return value


def keyed(item: Item | None) -> list[tuple[str, Item]]:
    """The entries of a mapping from keys; keys that cannot be keys are noted."""
    entries = list(item.pairs()) if item is not None else []
    for entry, value in entries:
        if not KEY.fullmatch(entry):
            value.error(f"`{entry}` cannot be a key: letters, digits, `-`, `_` and `.` only, at most 64")
    return entries


def point(item: Item | None) -> Point:
    """A point as [longitude, latitude]."""
    numbers = item.items() if item is not None else []
    if item is not None and len(numbers) != 2:
        item.error("expected a point: [longitude, latitude]")
        return Point(lon=0.0, lat=0.0)
    if not numbers:
        return Point(lon=0.0, lat=0.0)
    return Point(lon=numbers[0].number(-180, 180), lat=numbers[1].number(-90, 90))


def _bounds(item: Item | None) -> tuple[float, float, float, float]:
    numbers = item.items() if item is not None else []
    if item is None or len(numbers) != 4:
        if item is not None:
            item.error("expected bounds: [west, south, east, north] in degrees")
        return (-180.0, -90.0, 180.0, 90.0)
    west, east = numbers[0].number(-180, 180), numbers[2].number(-180, 180)
    south, north = numbers[1].number(-90, 90), numbers[3].number(-90, 90)
    if west >= east or south >= north:
        item.error("west must be less than east, and south less than north")
    return (west, south, east, north)


def _bureaus(item: Item | None, spellings: dict[str, str]) -> tuple[Bureau, ...]:
    found = []
    for identity, entry in keyed(item):
        fields = entry.fields(("zh", "en", "district", "words"), ("zh", "en"))
        if identity == "district":
            entry.error("a bureau cannot be called `district`: routes use that word for the bureau of the district")
        found.append(
            Bureau(
                id=identity,
                name=Name(**{part: fields[part].text() if part in fields else "" for part in ("zh", "en")}),
                district=fields["district"].text() if "district" in fields else None,
                words=distinct_words(fields.get("words"), identity, spellings, "bureau"),
            )
        )
    return tuple(found)


def _local_units(item: Item | None, bureaus: list[str], spellings: dict[str, str]) -> tuple[LocalUnit, ...]:
    found = []
    for identity, entry in keyed(item):
        fields = entry.fields(("zh", "en", "words", "assigned"), ("zh", "en"))
        if identity in bureaus or identity == "district":
            entry.error(f"`{identity}` is a bureau already: a local unit needs an id of its own")
        found.append(
            LocalUnit(
                id=identity,
                name=Name(**{part: fields[part].text() if part in fields else "" for part in ("zh", "en")}),
                words=distinct_words(fields.get("words"), identity, spellings, "unit"),
                assigned=fields["assigned"].flag() if "assigned" in fields else True,
            )
        )
    return tuple(found)


def _check_bureau_districts(item: Item | None, codes: list[str]) -> None:
    """Bureaus and districts name each other, so this half waits until the districts are read."""
    if item is None:
        return
    for _, entry in item.pairs():
        for part, value in entry.pairs():
            if part == "district":
                value.reference(codes, "district")


def _districts(
    item: Item | None, bureaus: list[str], local: list[str], outlines: Mapping[str, Outline]
) -> tuple[District, ...]:
    found = []
    owners: dict[str, str] = {}
    for code, entry in keyed(item):
        fields = entry.fields(("name", "bureau", "words", "local"), ("name", "bureau", "words"))
        words = distinct_words(fields.get("words"), code, owners, "district")
        found.append(
            District(
                code=code,
                name=name(fields.get("name")),
                words=words,
                bureau=fields["bureau"].reference(bureaus, "bureau") if "bureau" in fields else "",
                outline=outlines.get(code, ()),
                local=_local(fields.get("local"), bureaus, local),
                local_by_word=_local_by_word(fields.get("local"), bureaus),
            )
        )
    if item is not None and not found:
        item.error("a city has at least one district")
    return tuple(found)


def _local(item: Item | None, bureaus: list[str], local: list[str]) -> dict[str, str]:
    """Local unit → the bureau that it is in one district."""
    found = {}
    for unit, bureau in keyed(item):
        if unit not in local:
            bureau.error(f"no local unit `{unit}`{did_you_mean(unit, local)}")
        if not bureau.is_mapping():
            found[unit] = bureau.reference(bureaus, "bureau")
    return found


def _local_by_word(item: Item | None, bureaus: list[str]) -> dict[str, dict[str, str]]:
    """Local unit → word of an address → the bureau that it is there."""
    return {
        unit: {word: bureau.reference(bureaus, "bureau") for word, bureau in entry.pairs()}
        for unit, entry in keyed(item)
        if entry.is_mapping()
    }


def distinct_words(item: Item | None, owner: str, owners: dict[str, str], what: str) -> tuple[str, ...]:
    """A list of words that nothing else of its kind claims; `owners` is filled."""
    found: dict[str, None] = {}
    for entry in item.items() if item is not None else []:
        word = entry.text()
        if word and owners.setdefault(word, owner) != owner:
            entry.error(f"`{word}` already names the {what} `{owners[word]}`")
        elif word in found:
            entry.error(f"`{word}` is given twice")
        if word:
            found[word] = None
    return tuple(found)


def _sources(item: Item | None) -> tuple[Source, ...]:
    found = []
    for identity, entry in keyed(item):
        fields = entry.fields(_SOURCE, ("feed", "name", "system", "timezone"))
        found.append(
            Source(
                id=identity,
                feed=fields["feed"].word(Feed) if "feed" in fields else Feed.HOTLINE,
                name=name(fields.get("name")),
                system=fields["system"].word(CoordinateSystem) if "system" in fields else CoordinateSystem.WGS84,
                timezone=zone(fields.get("timezone")),
                encodings=_encodings(fields["encodings"]) if "encodings" in fields else ("utf-8", "gb18030"),
                silent_after_seconds=fields["silent_after_seconds"].whole_number(1, 30 * _DAY_SECONDS)
                if "silent_after_seconds" in fields
                else None,
                default_points=tuple(point(entry) for entry in fields["default_points"].items())
                if "default_points" in fields
                else (),
            )
        )
    return tuple(found)


def _encodings(item: Item) -> tuple[str, ...]:
    for entry in item.items():
        encoding = entry.text()
        try:
            codecs.lookup(encoding)
        except LookupError:
            entry.error(f"no encoding `{encoding}`; known are utf-8, gb18030, big5, …")
    return item.texts()


def _places(item: Item | None, codes: list[str]) -> tuple[KnownPlace, ...]:
    found = []
    owners: dict[str, str] = {}
    for entry in item.items() if item is not None else []:
        fields = entry.fields(("name", "words", "point", "district"), ("name", "words", "point", "district"))
        called = fields["name"].text() if "name" in fields else ""
        found.append(
            KnownPlace(
                name=called,
                words=distinct_words(fields.get("words"), called, owners, "place"),
                point=point(fields.get("point")),
                district=fields["district"].reference(codes, "district") if "district" in fields else "",
            )
        )
    return tuple(found)


def _devices(item: Item | None, codes: list[str]) -> tuple[Device, ...]:
    found = []
    for identity, entry in keyed(item):
        fields = entry.fields(("name", "point", "district"), ("name", "point", "district"))
        found.append(
            Device(
                id=identity,
                name=fields["name"].text() if "name" in fields else "",
                point=point(fields.get("point")),
                district=fields["district"].reference(codes, "district") if "district" in fields else "",
            )
        )
    return tuple(found)
