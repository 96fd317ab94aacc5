"""Values for tests: whole and plausible by default, so that a test names only what it is about."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from hub.rulebook.book import (
    UNCLASSIFIED,
    Bureau,
    Calendar,
    Category,
    City,
    DeadlineRule,
    District,
    FusionRule,
    Name,
    Route,
    Rulebook,
    Source,
)
from hub.vocabulary.incidents import Deadline, Incident, KnownReport
from hub.vocabulary.messages import Classification, LocatedReport, RawMessage, Report
from hub.vocabulary.places import Place, Point, cell_of
from hub.vocabulary.terms import (
    CategoryKind,
    CoordinateSystem,
    DeadlineBasis,
    DeadlineKind,
    Feed,
    IncidentStatus,
    PlacePrecision,
    Severity,
    Stage,
)
from hub.vocabulary.why import Why

#: A Tuesday, 10:00 in Yuncheng: offices are open.
AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
#: In the middle of Yanhu district (盐湖区).
HERE = Point(lon=111.0070, lat=35.0228)
#: One degree of latitude; enough for moving a point by metres.
METRES_A_DEGREE = 111_195.0
_LETTERS = {ord(digit): letter for digit, letter in zip("0123456789", "ghijklmnop", strict=True)}


def a_mark() -> str:
    """Eight letters that no other test has. Digits would not do: seven in a row after 来电 are hidden as a number."""
    return uuid4().hex[:8].translate(_LETTERS)


def north_of(point: Point, metres: float) -> Point:
    """A point that many metres to the north."""
    return Point(lon=point.lon, lat=point.lat + metres / METRES_A_DEGREE)


def a_raw(body: bytes = b"{}", **fields: Any) -> RawMessage:
    """A raw message of the hotline."""
    given = {
        "id": UUID(int=1),
        "feed": Feed.HOTLINE,
        "source": "hotline-12345",
        "content_type": "application/json",
        "received_at": AT,
    }
    return RawMessage(body=body, **{**given, **fields})


def a_report(source_id: str = "1", **fields: Any) -> Report:
    """A hotline call about a burst main (自来水管爆裂)."""
    given = {
        "feed": Feed.HOTLINE,
        "raw_id": UUID(int=1),
        "part": 0,
        "source": "hotline-12345",
        "occurred_at": AT,
        "received_at": AT + timedelta(seconds=30),
        "title": "自来水管爆裂，路面积水",
    }
    return Report(source_id=source_id, **{**given, **fields})


def a_classification(
    category: str = "burst_main", family: str = "water", severity: Severity = Severity.III
) -> Classification:
    """What the classify room says of a burst main."""
    why = Why(stage=Stage.CLASSIFY, rule=category, verdict="by_words")
    return Classification(category=category, family=family, severity=severity, why=(why,))


def a_place(point: Point | None = HERE, **fields: Any) -> Place:
    """A place at a point, or none when there is no point."""
    given = {
        "precision": PlacePrecision.NONE if point is None else PlacePrecision.POINT,
        "point": point,
        "cell": None if point is None else cell_of(point),
        "district": "140802",
        "why": Why(stage=Stage.LOCATE, rule="point", verdict="no_location" if point is None else "by_point"),
    }
    return Place(**{**given, **fields})


def a_located(
    source_id: str = "1",
    *,
    category: str = "burst_main",
    family: str = "water",
    severity: Severity = Severity.III,
    point: Point | None = HERE,
    place: Place | None = None,
    address_key: str = "",
    **report: Any,
) -> LocatedReport:
    """A report that is ready to be decided on; what is not named here goes to the report."""
    return LocatedReport(
        report=a_report(source_id, **report),
        classification=a_classification(category, family, severity),
        place=place or a_place(point, address_key=address_key),
    )


def an_incident(incident_id: str = "140800-A", *, point: Point | None = HERE, **fields: Any) -> Incident:
    """A dispatched incident of one report about a burst main."""
    given = {
        "version": 1,
        "status": IncidentStatus.DISPATCHED,
        "category": "burst_main",
        "family": "water",
        "severity": Severity.III,
        "title": "自来水管爆裂，路面积水",
        "address": "",
        "address_key": "",
        "district": "140802",
        "grid": None,
        "point": point,
        "cell": None if point is None else cell_of(point),
        "opened_at": AT,
        "first_report_at": AT,
        "last_report_at": AT,
        "updated_at": AT,
        "report_count": 1,
        "feeds": (Feed.HOTLINE,),
        "words": ("自来水管", "爆裂", "路面", "积水"),
        "lead_bureau": "water",
        "due_at": None,
        "overdue": False,
        "rulebook_version": "test",
    }
    return Incident(id=incident_id, **{**given, **fields})


def a_deadline(task_id: str = "140800-A-1", **fields: Any) -> Deadline:
    """Two hours round the clock to resolve."""
    given = {
        "kind": DeadlineKind.RESOLVE,
        "basis": DeadlineBasis.URGENT_HOUR,
        "amount": 2.0,
        "starts_at": AT,
        "due_at": AT,
        "why": Why(stage=Stage.DEADLINES, rule="resolve", verdict="urgent_hour"),
    }
    return Deadline(task_id=task_id, **{**given, **fields})


def a_known(located: LocatedReport, digest: bytes, incident_id: str | None, revision: int = 1) -> KnownReport:
    """What the store has of a report after it was filed."""
    return KnownReport(
        report_id=located.report.id,
        revision=revision,
        digest=digest,
        updated_at=located.report.updated_at,
        received_at=located.report.received_at,
        incident_id=incident_id,
    )


def a_category(key: str, family: str, severity: Severity = Severity.III) -> Category:
    """A kind of event."""
    return Category(key=key, kind=CategoryKind.EVENT, name=Name(zh=key, en=key), family=family, severity=severity)


def a_calendar(**fields: Any) -> Calendar:
    """Yuncheng's offices: 08:00-12:00 and 14:30-18:00."""
    given = {
        "timezone": "Asia/Shanghai",
        "hours": ((time(8), time(12)), (time(14, 30), time(18))),
        "holidays": frozenset[date](),
        "workdays": frozenset[date](),
        "base": "china",
    }
    return Calendar(**{**given, **fields})


def a_source(source_id: str = "hotline-12345", feed: Feed = Feed.HOTLINE, **fields: Any) -> Source:
    """A source in WGS 84 and Chinese time."""
    given = {
        "name": Name(zh=source_id, en=source_id),
        "system": CoordinateSystem.WGS84,
        "timezone": "Asia/Shanghai",
    }
    return Source(id=source_id, feed=feed, **{**given, **fields})


def a_city(**fields: Any) -> City:
    """Yuncheng with two of its districts."""
    given = {
        "code": "140800",
        "name": Name(zh="运城市", en="Yuncheng"),
        "timezone": "Asia/Shanghai",
        "bounds": (110.0, 34.4, 112.2, 35.9),
        "districts": (
            District(code="140802", name=Name(zh="盐湖区", en="Yanhu"), words=("盐湖区", "盐湖"), bureau="yanhu"),
            District(code="140881", name=Name(zh="永济市", en="Yongji"), words=("永济市", "永济"), bureau="yongji"),
        ),
        "bureaus": tuple(
            Bureau(id=key, name=Name(zh=key, en=key)) for key in ("yanhu", "yongji", "water", "traffic", "duty")
        ),
        "sources": (a_source(),),
        "fallback_bureau": "duty",
    }
    return City(**{**given, **fields})


def a_book(**fields: Any) -> Rulebook:
    """A small rulebook with one rule of each kind."""
    categories = (
        a_category("burst_main", "water"),
        a_category("flooding", "water"),
        a_category("noise", "noise", Severity.IV),
        a_category(UNCLASSIFIED, UNCLASSIFIED, Severity.IV),
    )
    given = {
        "version": "test",
        "city": a_city(),
        "categories": {category.key: category for category in categories},
        "severity": (),
        "fusion": (a_fusion_rule(),),
        "routes": (Route(id="water", why="", families=frozenset({"water"}), lead="water", assist=("traffic",)),),
        "deadlines": (
            a_deadline_rule("accept", kind=DeadlineKind.ACCEPT, amount=0.5),
            a_deadline_rule("resolve", amount=2.0),
        ),
        "calendar": a_calendar(),
    }
    return Rulebook(**{**given, **fields})


def a_fusion_rule(**fields: Any) -> FusionRule:
    """One happening within 200 m and six hours."""
    given = {
        "id": "near",
        "why": "",
        "families": None,
        "radius_m": 200.0,
        "window_minutes": 360.0,
        "join_at": 0.75,
        "suggest_at": 0.6,
    }
    return FusionRule(**{**given, **fields})


def a_deadline_rule(rule_id: str = "resolve", **fields: Any) -> DeadlineRule:
    """A clock that runs round the clock."""
    given = {"why": "", "kind": DeadlineKind.RESOLVE, "basis": DeadlineBasis.URGENT_HOUR, "amount": 2.0}
    return DeadlineRule(id=rule_id, **{**given, **fields})
