"""Tries a report on a rulebook, alone and for nobody: what it would become and why. It must never keep a report."""

from datetime import datetime
from uuid import UUID

import msgspec

from hub.edges.authoring.explaining import Explanation, explain
from hub.pipeline import decide, understand_report
from hub.rulebook.book import Rulebook
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Incident, Nearby, Task
from hub.vocabulary.messages import CategoryCode, LocatedReport, Reject, Report
from hub.vocabulary.places import SourcePoint
from hub.vocabulary.terms import CategoryKind, CoordinateSystem, Feed, Severity
from hub.vocabulary.why import Why

#: Names the report in the explanation; no source gives such an id.
TRIED_ID = "try"


class TriedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule author types in."""

    feed: Feed
    source: str
    at: datetime
    title: str
    text: str = ""
    address: str = ""
    district: str | None = None
    #: Longitude and latitude in CGCS2000.
    point: tuple[float, float] | None = None
    #: The name by which the source calls it, and its code: an event of the city's own table.
    category_name: str = ""
    code: str = ""
    code_kind: CategoryKind = CategoryKind.EVENT
    severity: Severity | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a tried report becomes when nothing like it is near."""

    located: LocatedReport
    incident: Incident
    tasks: tuple[Task, ...]
    supervisors: tuple[str, ...]
    explanation: Explanation


def try_report(tried: TriedReport, book: Rulebook, atlas: Atlas) -> Outcome | Reject:
    """Understand a report and decide on it, with nothing near."""
    located = understand_report(_report(tried, book), book, atlas)
    if isinstance(located, Reject):
        return located
    decision = decide((located,), Nearby(), book, tried.at)
    clocks = (deadline.why for task in decision.tasks for deadline in task.deadlines)
    whys = (*(why for entry in decision.timeline for why in entry.why), *clocks)
    return Outcome(
        located=located,
        incident=decision.incidents[0],
        tasks=decision.tasks,
        # A mute holds back all its tasks.
        supervisors=_supervisors(decision.tasks[0].why if decision.tasks else ()),
        explanation=explain(located, whys, book, atlas),
    )


def _report(tried: TriedReport, book: Rulebook) -> Report:
    point = None
    if tried.point is not None:
        lon, lat = tried.point
        point = SourcePoint(lon=lon, lat=lat, system=CoordinateSystem.WGS84, field="point")
    code = None
    if tried.code:
        code = CategoryCode(kind=tried.code_kind, code=tried.code, standard_ref=book.standard_ref)
    return Report(
        feed=tried.feed,
        source_id=TRIED_ID,
        raw_id=UUID(int=0),
        part=0,
        source=tried.source,
        occurred_at=tried.at,
        received_at=tried.at,
        title=tried.title,
        text=tried.text,
        code=code,
        category_names=(tried.category_name,) if tried.category_name else (),
        severity=tried.severity,
        point=point,
        address=tried.address,
        district=tried.district,
    )


def _supervisors(whys: tuple[Why, ...]) -> tuple[str, ...]:
    told = next((str(why.facts["supervisors"]) for why in whys if why.facts.get("supervisors")), "")
    return tuple(told.split(", ")) if told else ()
