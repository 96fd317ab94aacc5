"""Time limits as duty lists write them, such as 2紧急工作时 or 15天. It must never guess at one that it cannot read."""

import re
import unicodedata

import msgspec

from hub.vocabulary.terms import DeadlineBasis

#: Longest names first, so that 紧急工作时 is not read as 工作时.
_BASES: dict[str, tuple[DeadlineBasis, float]] = {
    "个紧急工作时": (DeadlineBasis.URGENT_HOUR, 1),
    "紧急工作小时": (DeadlineBasis.URGENT_HOUR, 1),
    "紧急工作时": (DeadlineBasis.URGENT_HOUR, 1),
    "紧急小时": (DeadlineBasis.URGENT_HOUR, 1),
    # 紧急工作日 runs on through days off, as 紧急工作时 does through the night.
    "紧急工作日": (DeadlineBasis.NATURAL_DAY, 1),
    "工作小时": (DeadlineBasis.WORK_HOUR, 1),
    "工作时": (DeadlineBasis.WORK_HOUR, 1),
    "小时": (DeadlineBasis.WORK_HOUR, 1),
    "工作日": (DeadlineBasis.WORK_DAY, 1),
    "自然日": (DeadlineBasis.NATURAL_DAY, 1),
    "日历天": (DeadlineBasis.NATURAL_DAY, 1),
    "天": (DeadlineBasis.WORK_DAY, 1),
    "日": (DeadlineBasis.WORK_DAY, 1),
    "周": (DeadlineBasis.WORK_DAY, 5),
    "分钟": (DeadlineBasis.WORK_HOUR, 1 / 60),
}
_LIMIT = re.compile(
    r"(?:限|限时|不超过|≤)?(?P<number>\d{1,4}(?:\.\d{1,2})?|半|[一二两三四五六七八九十]{1,3})"
    rf"个?(?P<unit>{'|'.join(_BASES)})(?:之内|以内|内)?(?P<rest>.*)"
)
_DIGITS = {digit: n for n, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_MAX_AMOUNT = 1000.0


class Limit(msgspec.Struct, frozen=True):
    """A limit, and what stands behind it in the cell, such as 制止 (by then it must be stopped)."""

    basis: DeadlineBasis
    amount: float
    rest: str = ""


def read_limit(text: str) -> Limit | str:
    """The limit of a cell, or why it is none."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    match = _LIMIT.fullmatch(plain)
    if match is None:
        return f"`{plain[:40]}` is no limit; expected a number with 紧急工作时, 小时, 天 or 自然日"
    amount = _number(match["number"])
    basis, times = _BASES[match["unit"]]
    rest = match["rest"].strip("()，,、;；。")
    if amount is None or re.search(r"\d", rest):
        return f"`{plain[:40]}` holds more than one limit; give one row to each"
    if not 0 < amount * times <= _MAX_AMOUNT:
        return f"`{plain[:40]}` is out of range; at most {_MAX_AMOUNT:g}"
    return Limit(basis, round(amount * times, 4), rest)


def _number(text: str) -> float | None:
    if text == "半":
        return 0.5
    if text[0].isdecimal():
        return float(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return float(_DIGITS[text]) if len(text) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return float((_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
