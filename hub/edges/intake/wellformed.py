"""Cheap checks that bytes are JSON at all. It must never build the objects it checks, nor quote them."""

import re

import msgspec

from hub.edges.intake.refusal import Refusal, bad_body
from hub.stages.normalise.decode import MAX_DEPTH

#: A whole string, or one bracket. Possessive, and an unclosed string reaches to the end: no byte is looked at twice.
_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_BYTE = re.compile(r" ?\(byte (\d+)\)")
_OPENING = (b"[", b"{")
_CLOSING = (b"]", b"}")


def check_json(body: bytes) -> Refusal | None:
    """Why UTF-8 bytes are not one JSON value of bounded depth, or None."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except RecursionError:
        return _too_deep()
    except msgspec.DecodeError as error:
        return bad_body("bad-json", _where(str(error), body))
    except UnicodeDecodeError:
        return bad_body("bad-encoding", "The body is not UTF-8.")
    return _too_deep() if deeper_than(body, MAX_DEPTH) else None


def split_array(body: bytes) -> list[bytes] | Refusal:
    """The items of a JSON array that `check_json` found well-formed."""
    try:
        return [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError) as error:
        return bad_body("bad-json", _where(str(error), body))


def deeper_than(body: bytes, limit: int) -> bool:
    """Whether objects and arrays nest deeper than `limit`."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    depth = 0
    for match in _BRACKETS.finditer(body):
        token = match.group()
        if token in _OPENING:
            depth += 1
            if depth > limit:
                return True
        elif token in _CLOSING:
            depth -= 1
    return False


def _too_deep() -> Refusal:
    return bad_body("too-deep", f"Objects and arrays may nest at most {MAX_DEPTH} deep.")


def _where(message: str, body: bytes) -> str:
    """The decoder's words with the place as line, column and byte offset. Its words never quote the input."""
    found = _BYTE.search(message)
    offset = int(found.group(1)) if found else len(body)
    before = body[:offset]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    words = _BYTE.sub("", message).removeprefix("JSON is malformed: ")
    hint = "; several values in one body need application/x-ndjson" if "trailing characters" in words else ""
    return f"The body is not JSON: {words} at line {line}, column {column} (byte offset {offset}){hint}."
