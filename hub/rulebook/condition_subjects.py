"""What conditions can ask of a report and of an incident: the variables of `when:` by their names in the rule files.
It must never offer what names or reaches a petitioner."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from hub.rulebook.book import Rulebook
from hub.rulebook.condition_messages import OF_REPORT_ONLY
from hub.rulebook.conditions import Kind, Value, Variable
from hub.rulebook.workdays import is_workday
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport, Report
from hub.vocabulary.places import Place, Point
from hub.vocabulary.terms import Severity

#: Characters of a text that conditions see.
MAX_TEXT_SEEN = 2_000


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is about: a report with its category and place, or an incident and the report that opened it."""

    book: Rulebook
    category: str
    family: str
    occurred_at: datetime
    title: str
    address: str
    district: str | None
    grid: str | None
    point: Point | None
    feeds: tuple[str, ...]
    report: Report | None = None
    severity: Severity | None = None
    incident: Incident | None = None

    @property
    def local(self) -> datetime:
        """When it happened, by the city's clocks."""
        return self.occurred_at.astimezone(ZoneInfo(self.book.city.timezone))


def report_subject(report: Report, category: str, family: str, place: Place | None, book: Rulebook) -> Subject:
    """A report as severity rules see it, before its severity is known."""
    return Subject(
        book=book,
        category=category,
        family=family,
        occurred_at=report.occurred_at,
        title=report.title,
        address=report.address,
        district=None if place is None else place.district,
        grid=None if place is None else place.grid,
        point=None if place is None else place.point,
        feeds=(report.feed.value,),
        report=report,
    )


def located_subject(located: LocatedReport, book: Rulebook) -> Subject:
    """A report as fusion rules see it."""
    kind = located.classification
    seen = report_subject(located.report, kind.category, kind.family, located.place, book)
    return msgspec.structs.replace(seen, severity=kind.severity)


def incident_subject(incident: Incident, opened_by: Report | None, book: Rulebook) -> Subject:
    """An incident as routes and deadline rules see it, with the report that opened it where that is at hand."""
    return Subject(
        book=book,
        category=incident.category,
        family=incident.family,
        occurred_at=incident.first_report_at,
        title=incident.title,
        address=incident.address,
        district=incident.district,
        grid=incident.grid,
        point=incident.point,
        feeds=tuple(feed.value for feed in incident.feeds),
        report=opened_by,
        severity=incident.severity,
        incident=incident,
    )


def _text(about: str, read: Any) -> Variable[Subject]:
    return Variable(kind=Kind.TEXT, about=about, read=read)


def _whole(about: str, read: Any) -> Variable[Subject]:
    return Variable(kind=Kind.WHOLE, about=about, read=read)


def _kind(subject: Subject) -> Value | None:
    category = subject.book.categories.get(subject.category)
    return None if category is None else category.kind.value


def _workday(subject: Subject) -> Value:
    return is_workday(subject.local.date(), subject.book.calendar)


def _of_report(subject: Subject, read: Any) -> Value | None:
    found: Value | None = None if subject.report is None else read(subject.report)
    return found


#: What every condition can ask for.
REPORT_VARIABLES: Mapping[str, Variable[Subject]] = {
    "category": _text("类别 key of categories.yaml", lambda s: s.category),
    "family": _text("族 family of the category", lambda s: s.family),
    "kind": _text("部件 component, 事件 event or 服务 service", _kind),
    "feed": _text("来源渠道 hotline, grid … of the first report", lambda s: s.feeds[0] if s.feeds else None),
    "source": _text("来源 id of city.yaml", lambda s: _of_report(s, lambda r: r.source)),
    "code": _text(
        "来源代码 as the source codes it, or empty", lambda s: _of_report(s, lambda r: r.code.code if r.code else "")
    ),
    "category_names": Variable(
        kind=Kind.TEXTS,
        about="来源类别名称 as the source calls it, widest first",
        read=lambda s: _of_report(s, lambda r: list(r.category_names)),
    ),
    "title": _text("标题", lambda s: s.title),
    "text": _text("内容 its first 2,000 characters", lambda s: _of_report(s, lambda r: r.text[:MAX_TEXT_SEEN])),
    "address": _text("地址", lambda s: s.address),
    "district": _text("区县 code, or empty", lambda s: s.district or ""),
    "grid": _text("网格 code, or empty", lambda s: s.grid or ""),
    "has_point": Variable(kind=Kind.YES_NO, about="有坐标", read=lambda s: s.point is not None),
    "lon": Variable(kind=Kind.DECIMAL, about="经度, with has_point", read=lambda s: s.point.lon if s.point else None),
    "lat": Variable(kind=Kind.DECIMAL, about="纬度, with has_point", read=lambda s: s.point.lat if s.point else None),
    "occurred_at": Variable(kind=Kind.MOMENT, about="发生时间", read=lambda s: s.occurred_at),
    "received_at": Variable(kind=Kind.MOMENT, about="接收时间", read=lambda s: _of_report(s, lambda r: r.received_at)),
    "time": _text('时刻 of the city, "07:30"', lambda s: s.local.strftime("%H:%M")),
    "date": _text('日期 of the city, "2026-03-03"', lambda s: s.local.date().isoformat()),
    "hour": _whole("时 0 to 23, of the city", lambda s: s.local.hour),
    "weekday": _whole("星期 1 Monday to 7 Sunday", lambda s: s.local.isoweekday()),
    "month": _whole("月 1 to 12", lambda s: s.local.month),
    "workday": Variable(kind=Kind.YES_NO, about="工作日 by calendar.yaml, with 调休", read=_workday),
}
#: The levels by their names, so that `severity <= II` reads as it is said.
_LEVELS: Mapping[str, Variable[Subject]] = {
    level.name: _whole(f"{level.name} 级", lambda _, level=level: int(level)) for level in Severity
}
#: Of a report whose severity is known: fusion rules.
LOCATED_VARIABLES: Mapping[str, Variable[Subject]] = {
    **REPORT_VARIABLES,
    **_LEVELS,
    "severity": _whole(
        "等级 I to IV; a smaller one is worse", lambda s: None if s.severity is None else int(s.severity)
    ),
}
#: Of an incident that is being sent: routes and deadlines.
INCIDENT_VARIABLES: Mapping[str, Variable[Subject]] = {
    **LOCATED_VARIABLES,
    "feeds": Variable(kind=Kind.TEXTS, about="来源渠道 of all its reports", read=lambda s: list(s.feeds)),
    "report_count": _whole("上报数", lambda s: None if s.incident is None else s.incident.report_count),
}
#: Of an incident alone: mutes and supervision are asked again when the report that opened it is no longer at hand.
STANDING_VARIABLES: Mapping[str, Variable[Subject]] = {
    name: variable for name, variable in INCIDENT_VARIABLES.items() if name not in OF_REPORT_ONLY
}
