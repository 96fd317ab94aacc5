"""Category codes as sources write them: kind + 大类 + 小类, of either generation. It must never invent a code.

Tables before GB/T 47678.5 (GB/T 30428.2, CJ/T 214) have subclasses of two digits, those after it of three.
"""

import re
from collections.abc import Mapping
from typing import Final

from hub.stages.normalise.fields import Fields, Names
from hub.stages.normalise.values import clean_line, text_of
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, RejectReason

KIND: Names = ("kind", "类别", "问题类型", "案件类型")
MAJOR: Names = ("class_code", "大类代码", "大类编码", "大类", "class")
MINOR: Names = ("subclass_code", "小类代码", "小类编码", "小类", "subclass", "code")
#: Subclass of GB/T 47678.5 with the district before it: 11 digits, or 10 in the older generation.
FULL: Names = ("event_code", "SXDM", "sxdm")
STANDARD: Names = ("standard_ref", "标准")
CLASS_NAME: Names = ("class_name", "大类名称", "大类")
SUBCLASS_NAME: Names = ("subclass_name", "小类名称", "小类", "SXMC", "sxmc")
COMPONENT_ID: Names = ("component_id", "部件标识码", "部件编码", "GLBJBSM", "glbjbsm")

KINDS: Final[Mapping[str, CategoryKind]] = {
    **dict.fromkeys(("component", "部件"), CategoryKind.COMPONENT),
    **dict.fromkeys(("event", "matter", "事件", "事项"), CategoryKind.EVENT),
    **dict.fromkeys(("service", "服务", "服务事项"), CategoryKind.SERVICE),
}
_JOINED = re.compile(r"(\d{1,2})[-_. ](\d{1,3})", re.ASCII)
_DIGITS = re.compile(r"\d{1,5}", re.ASCII)
_HAS_DIGIT = re.compile(r"\d", re.ASCII)


def read_code(fields: Fields) -> CategoryCode | None:
    """The category as the source codes it, or None when it gives only names."""
    standard = fields.line(STANDARD, 60)
    major, minor, full = _coded(fields, MAJOR), _coded(fields, MINOR), fields.digits(FULL, (10, 11), "An event code")
    if full is not None and not major and not minor:
        digits: str | None = full[6:]
    elif not major and not minor:
        return None
    else:
        digits = class_code(major, minor, standard)
    if digits is None:
        message = "Give the class (大类, 2 digits) and the subclass (小类, 2 or 3 digits), or both as in 01-10."
        raise fields.bad(fields.find(MINOR if minor else MAJOR)[0], message)
    kind = fields.choice(KIND, KINDS)
    if kind is None:
        message = "A class code needs its kind: component, event or service (部件, 事件, 服务)."
        reason = RejectReason.MISSING_FIELD if fields.find(KIND)[1] is None else RejectReason.BAD_VALUE
        raise fields.bad(fields.find(KIND)[0], message, reason)
    return CategoryCode(kind=kind, code=digits, standard_ref=standard)


def class_code(major: str, minor: str, standard_ref: str = "") -> str | None:
    """Class and subclass as digits, with the zeros back that a number lost; None when they are not a code.

    Either may hold both: `01-10`, `0110`, and the number 110 all are class 01, subclass 10.
    """
    width = 3 if "47678" in standard_ref else 2
    for both in (minor, major):
        if match := _JOINED.fullmatch(both):
            return match[1].zfill(2) + match[2].zfill(width)
    if any(text and not _DIGITS.fullmatch(text) for text in (major, minor)):
        return None
    if len(minor) >= 4 or not major:
        return minor.zfill(2 + width) if len(minor) > width else None
    if not minor:
        return major.zfill(2 + width) if len(major) > 2 else None
    return major.zfill(2) + minor.zfill(width) if len(major) <= 2 and len(minor) <= 3 else None


def read_class_names(fields: Fields) -> tuple[str, ...]:
    """The source's own names of class and subclass, widest first."""
    found = (fields.line(names, 60) for names in (CLASS_NAME, SUBCLASS_NAME))
    return tuple(name for name in found if name and not _HAS_DIGIT.match(name))


def _coded(fields: Fields, names: Names) -> str:
    """What stands in a code field; a name there (`大类: 市容环境`) is read by `read_class_names`."""
    name, value = fields.find(names)
    text = "" if value is None else clean_line(text_of(value, fields.at(name)), 60)
    return text if _HAS_DIGIT.search(text) else ""
