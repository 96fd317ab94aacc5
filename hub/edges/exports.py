"""Reads exports and sample files as messages for the intake door, from where they lie. It must never pass on an answer
column: what was decided after the fact would make every measurement a lie."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from hub.settings import SettingsError

#: Columns written after the fact; they are the answer and never leave this file.
ANSWER_COLUMNS = frozenset(
    {"closure_reason", "is_duplicate_phrase", "parent_case", "cluster", "closed_dt", "case_status"}
)
JSON = "application/json"

#: Content type of files that are one message each.
_WHOLE_FILES = {
    ".json": JSON,
    ".geojson": "application/geo+json",
    ".xml": "application/xml",
    ".cap": "application/xml",
}
_LINE_FILES = frozenset({".ndjson", ".jsonl"})


class ExportMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of an export: `place` says where it stood, as file or file:row."""

    place: str
    content_type: str
    body: bytes


class ExportError(SettingsError):
    """A path that cannot be replayed; the message says why."""


def messages_in(path: Path) -> Iterator[ExportMessage]:
    """The messages of a file or of every readable file in a folder, in order. A row of a CSV is one JSON object."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and _is_readable(file))
        if not files:
            raise ExportError(f"{path}: holds no csv, csv.gz, json, ndjson, geojson, xml or cap file")
        for inner in files:
            yield from messages_in(inner)
        return
    if not path.is_file():
        raise ExportError(f"{path}: no such file or folder")
    kind = _kind(path)
    if kind == ".csv":
        try:
            yield from _rows(path)
        except UnicodeDecodeError as error:
            raise ExportError(f"{path}: not UTF-8 ({error.reason}); save it as UTF-8") from None
        except (csv.Error, EOFError, zlib.error) as error:
            raise ExportError(f"{path}: cannot be read as csv: {error}") from None
    elif kind in _LINE_FILES:
        yield from _lines(path)
    elif kind in _WHOLE_FILES:
        with _open(path) as file:
            yield ExportMessage(place=path.name, content_type=_WHOLE_FILES[kind], body=file.read())
    else:
        raise ExportError(f"{path}: neither csv, csv.gz, json, ndjson, geojson, xml nor cap")


def without_answers(record: dict[str, Any]) -> dict[str, Any]:
    """A record without the columns that hold the answer."""
    return {name: value for name, value in record.items() if name not in ANSWER_COLUMNS}


def _rows(path: Path) -> Iterator[ExportMessage]:
    with _open(path) as binary:
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        for n, row in enumerate(csv.DictReader(text), start=1):
            # A row longer than its header has its rest under None: it cannot be named, so it is left out.
            record = {name: value for name, value in row.items() if name is not None and value not in ("", None)}
            body = msgspec.json.encode(without_answers(record))
            yield ExportMessage(place=f"{path.name}:{n}", content_type=JSON, body=body)


def _lines(path: Path) -> Iterator[ExportMessage]:
    with _open(path) as binary:
        for n, line in enumerate(binary, start=1):
            if line.strip():
                yield ExportMessage(place=f"{path.name}:{n}", content_type=JSON, body=_cleared(line.strip()))


def _cleared(line: bytes) -> bytes:
    """A line without answer columns; one that is no JSON object goes as it is, for the hub to judge."""
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return line
    if type(record) is not dict or not ANSWER_COLUMNS & record.keys():
        return line
    return msgspec.json.encode(without_answers(record))


def _kind(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()


def _is_readable(path: Path) -> bool:
    return _kind(path) in {".csv", *_WHOLE_FILES, *_LINE_FILES}


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        # GzipFile reads like any other binary file but is declared apart from them.
        yield cast(IO[bytes], gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file
