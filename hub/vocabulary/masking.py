"""Hides telephone and identity numbers and petitioners' names in what people read. It must never let a number through
because of the way it is spaced, and never fail on any text.

Safety before looks: an 18-digit number with a plausible birth date in the place of one is hidden even if it is a
work-order number. Shorter or longer runs of digits (work orders, 15- or 16-digit grid codes, 20-digit device ids) stay,
because hiding them would break the search for them. Public short numbers (12345, 95598, 110) stay too.
"""

import re
from collections.abc import Iterable

_D = "[0-9０-９]"
#: What people write between the digits of one number; at most two of them in a row.
_S = "[ \t\u00a0\u3000\\-－‐-―·]{0,2}"
_FREE_BEFORE = f"(?<!{_D})"
_FREE_AFTER = f"(?!{_D})"


def _digits(count: int) -> str:
    return f"(?:{_S}{_D}){{{count}}}"


#: Seven digits, however spaced: the shortest number that is ever hidden.
_ANY_NUMBER = re.compile(f"{_D}{_digits(6)}")

_IDENTITY = re.compile(
    f"{_FREE_BEFORE}(?P<head>[1-9１-９]{_digits(5)})"
    f"{_S}(?:[1１]{_S}[89８９]|[2２]{_S}[0０]){_digits(2)}"
    f"{_S}[01０１]{_S}{_D}{_S}[0-3０-３]{_S}{_D}{_digits(3)}{_S}[0-9０-９XxＸｘ×]{_FREE_AFTER}"
)
_MOBILE = re.compile(
    f"{_FREE_BEFORE}(?P<prefix>(?:[+＋]|[0０]{{2}})?{_S}[8８][6６]{_S}|[0０]{_S})?"
    f"[1１]{_S}[3-9３-９]{_digits(9)}{_FREE_AFTER}"
)
_LANDLINE = re.compile(
    f"{_FREE_BEFORE}(?P<area>[(（]?[0０]{_S}(?:[12１２]{_S}{_D}|[3-9３-９]{_digits(2)})[)）]?{_S})"
    f"(?P<local>[2-9２-９]{_digits(6)}(?:{_S}{_D})?){_FREE_AFTER}"
)
#: Ten digits in the American way, 617-555-0123.
_AMERICAN = re.compile(
    f"{_FREE_BEFORE}(?P<area>[(（]?[2-9２-９]{_D}{{2}}[)）]?)[ .\\-－]{{1,2}}"
    f"(?P<local>{_D}{{3}}[ .\\-－]{_D}{{4}}){_FREE_AFTER}"
)
#: A local number, known only by the word before it.
_SAID_TO_BE_A_NUMBER = re.compile(
    f"(?P<area>(?:电话|座机|固话|联系方式|联系人|致电|来电|[Tt][Ee][Ll]|[Pp]hone)[^0-9０-９\n]{{0,8}})"
    f"(?P<local>[2-9２-９]{_digits(6)}(?:{_S}{_D})?){_FREE_AFTER}"
)

_TO_ASCII = {ord("０") + n: str(n) for n in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "x", ord("×"): "X"}


def mask(text: str, names: Iterable[str] = ()) -> str:
    """The text with numbers hidden, and with the given petitioners' names hidden where they stand in it."""
    for name in names:
        if len(name) > 1 and name in text:
            text = text.replace(name, mask_name(name))
    if _ANY_NUMBER.search(text) is None:
        return text
    text = _IDENTITY.sub(_hide_identity, text)
    text = _MOBILE.sub(_hide_mobile, text)
    for pattern in (_LANDLINE, _AMERICAN, _SAID_TO_BE_A_NUMBER):
        text = pattern.sub(_hide_local, text)
    return text


def mask_name(name: str) -> str:
    """The first character and a star: 张*."""
    stripped = name.strip()
    return f"{stripped[0]}*" if stripped else ""


def mask_phone(phone: str) -> str:
    """A field that is known to be a telephone number, hidden whatever its form."""
    stripped = phone.strip()
    if not stripped:
        return ""
    masked = mask(stripped)
    return masked if masked != stripped else "****" + stripped[-2:] if len(stripped) > 6 else "****"


def _plain(number: str) -> str:
    ascii_number = number.translate(_TO_ASCII)
    return "".join(letter for letter in ascii_number if letter.isascii() and letter.isalnum())


def _hide_identity(match: re.Match[str]) -> str:
    number = _plain(match.group())
    return f"{number[:6]}****{number[-4:]}"


def _hide_mobile(match: re.Match[str]) -> str:
    number = _plain(match.group())[-11:]
    return f"{match.group('prefix') or ''}{number[:3]}****{number[-4:]}"


def _hide_local(match: re.Match[str]) -> str:
    return f"{match.group('area')}****{_plain(match.group('local'))[-2:]}"
