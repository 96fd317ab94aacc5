"""The frozen runtime form of a city folder. It must never read a file, and no room may change it."""

from collections.abc import Mapping
from datetime import date, time

import msgspec

from hub.rulebook.conditions import Condition
from hub.rulebook.escalation_rules import EscalationRule
from hub.rulebook.mute_rules import MuteRule
from hub.rulebook.patterns import Pattern
from hub.rulebook.task_rules import TaskRules
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.places import Point
from hub.vocabulary.terms import CategoryKind, CoordinateSystem, DeadlineBasis, DeadlineKind, Feed, Severity

#: Every rulebook defines this category; what nothing matches falls here and fuses with nothing.
UNCLASSIFIED = "unclassified"


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A name in both languages of the screens."""

    zh: str
    en: str


#: Parts (polygons) of rings of (lon, lat) in CGCS2000.
Outline = tuple[tuple[tuple[tuple[float, float], ...], ...], ...]


class District(msgspec.Struct, frozen=True, kw_only=True):
    """An administrative area (区县). `words` are the spellings by which an address names it."""

    code: str
    name: Name
    words: tuple[str, ...]
    #: Bureau that takes what nobody else owns here.
    bureau: str
    #: Empty when no border is known.
    outline: Outline = ()
    #: Which bureau is a local unit (属地单位) here, by the unit's id; `bureau` is for those not named.
    local: Mapping[str, str] = {}
    #: The same where the words of the address say it, as a sub-district (街道) does: unit → word → bureau.
    local_by_word: Mapping[str, Mapping[str, str]] = {}


class KnownPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A named place that an address can be resolved to."""

    name: str
    words: tuple[str, ...]
    point: Point
    district: str


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A system that sends messages (来源)."""

    id: str
    feed: Feed
    name: Name
    system: CoordinateSystem
    #: IANA zone of times written without an offset.
    timezone: str
    #: Encodings tried in order when the message does not say.
    encodings: tuple[str, ...] = ("utf-8", "gb18030")
    #: Seconds without a message after which the wall calls the feed silent; None: never.
    silent_after_seconds: int | None = None
    #: Points that a geocoder gives when it does not know; they mean "no location".
    default_points: tuple[Point, ...] = ()


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A camera or sensor whose place is known (设备), by its GB/T 28181 id."""

    id: str
    name: str
    point: Point
    district: str


class Bureau(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that receives tasks (承办单位)."""

    id: str
    name: Name
    district: str | None = None
    #: Other spellings of the name in duty lists.
    words: tuple[str, ...] = ()


class LocalUnit(msgspec.Struct, frozen=True, kw_only=True):
    """What a duty list calls a unit without saying which (所属街办, 属地执法部门, 各产权单位): the place says it."""

    id: str
    name: Name
    words: tuple[str, ...] = ()
    #: False: nobody who could be sent a task, such as whoever owns the thing.
    assigned: bool = True


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of happening (类别): codes and words that lead to it, and the family it fuses in."""

    key: str
    kind: CategoryKind
    name: Name
    family: str
    severity: Severity
    codes: tuple[CategoryCode, ...] = ()
    #: Words in a title or text that speak for it, each with its weight.
    words: Mapping[str, float] = {}
    #: Names by which sources call it, matched whole against `Report.category_names`.
    names: tuple[str, ...] = ()
    #: Names by which sources call this and much else; words of another category may outweigh one.
    rough_names: tuple[str, ...] = ()


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A filing condition (立案条件) of the duty list and the time it leaves."""

    #: Key of its duty, a dot, and its number in the list: `event-0501.1`.
    id: str
    #: Short words in a report that mean it.
    said: tuple[str, ...]
    basis: DeadlineBasis
    amount: float


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """A subclass (小类) of the duty list (职责清单): who handles it, who supervises, and how soon."""

    #: Kind and code: `event-0501`.
    key: str
    code: CategoryCode
    #: Names of class and subclass, as the list has them.
    class_name: str
    name: str
    #: What a report about it is, in the rulebook's own categories.
    category: str
    #: Who handles it, in the order of the list: bureaus and local units.
    units: tuple[str, ...]
    supervisors: tuple[str, ...]
    clauses: tuple[Clause, ...]
    #: The clause of a report that says none of the conditions.
    usual: str
    districts: frozenset[str] | None = None


class SeverityRule(msgspec.Struct, frozen=True, kw_only=True):
    """Raises or sets the severity of a report (等级)."""

    id: str
    why: str
    severity: Severity
    categories: frozenset[str] | None = None
    feeds: frozenset[Feed] | None = None
    words: tuple[str, ...] = ()
    #: Severity of the source at least this bad.
    source_at_least: Severity | None = None
    #: What else must hold, looked at last; see `hub.rulebook.condition_subjects`.
    when: Condition | None = None


class FusionRule(msgspec.Struct, frozen=True, kw_only=True):
    """When reports of a category family tell of one happening."""

    id: str
    why: str
    families: frozenset[str] | None
    #: False: each report is a matter of its own, whatever is near; the numbers below then say nothing.
    fuses: bool = True
    radius_m: float = 0.0
    #: Radius between two addresses that each name one spot and differ; None: the same radius.
    other_address_m: float | None = None
    window_minutes: float = 0.0
    #: Longest time from the first to the last report of one incident; None: as long as reports keep coming.
    longest_minutes: float | None = None
    #: Likeness from which a report joins, and from which it is only suggested; 0..1.
    join_at: float = 1.0
    suggest_at: float = 1.0
    #: Asked of the report that looks for its incident.
    when: Condition | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Who leads and who assists (派遣). A route of a tree holds all that it inherits, and stands before its parent."""

    id: str
    why: str
    categories: frozenset[str] | None = None
    families: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    severity_at_least: Severity | None = None
    feeds: frozenset[Feed] | None = None
    #: Key of the duty that it writes out; None: any report.
    duty: str | None = None
    #: All must hold: its own condition and those of the routes it stands in.
    when: tuple[Condition, ...] = ()
    #: Bureau or local unit, or `district` for the bureau of the incident's district; empty: it only adds `assist`.
    lead: str = "district"
    assist: tuple[str, ...] = ()
    #: Departments that watch over it (主管部门); they receive no task.
    supervisors: tuple[str, ...] = ()
    #: Ids of the routes it stands in and its own; empty for one that stands in no tree.
    path: tuple[str, ...] = ()
    #: For each of them, whether those that stand behind it may add assisting units once it has matched.
    goes_on: tuple[bool, ...] = ()


class DeadlineRule(msgspec.Struct, frozen=True, kw_only=True):
    """How long a bureau has (时限)."""

    id: str
    why: str
    kind: DeadlineKind
    basis: DeadlineBasis
    amount: float
    categories: frozenset[str] | None = None
    families: frozenset[str] | None = None
    severity_at_least: Severity | None = None
    #: Only where the limit to resolve is so many hours or fewer; for clocks of other kinds than resolve.
    resolve_within_hours: float | None = None
    #: Id of the clause that it writes out; None: any report.
    clause: str | None = None
    when: Condition | None = None


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Office hours and days (工作日历). `workdays` and `holidays` complete or correct the package's table."""

    timezone: str
    #: Spans of office hours in local time, such as 08:00-12:00 and 14:30-18:00.
    hours: tuple[tuple[time, time], ...]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    #: `china`: chinesecalendar knows the holidays and make-up days; `weekdays`: Monday to Friday.
    base: str = "china"


class City(msgspec.Struct, frozen=True, kw_only=True):
    """Who this is and where it lies."""

    code: str
    name: Name
    timezone: str
    #: west, south, east, north in degrees.
    bounds: tuple[float, float, float, float]
    #: How far beyond the known outlines a point still counts as in the city; as wide as the outlines are coarse.
    margin_m: float = 500.0
    districts: tuple[District, ...]
    bureaus: tuple[Bureau, ...]
    sources: tuple[Source, ...]
    local_units: tuple[LocalUnit, ...] = ()
    places: tuple[KnownPlace, ...] = ()
    devices: tuple[Device, ...] = ()
    #: Bureau of last resort.
    fallback_bureau: str = ""


class Rulebook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a decision depends on besides the reports. `version` is a digest of the folder's text."""

    version: str
    city: City
    categories: Mapping[str, Category]
    #: Code table meant when a source gives a code without naming its table.
    standard_ref: str = ""
    #: The duty list by key, in its order; empty when the city has none.
    duties: Mapping[str, Duty] = {}
    #: Bureaus that only the duty list's own file names.
    list_bureaus: frozenset[str] = frozenset()
    #: What the sources of one feed call things, to category keys; it goes before the names of categories.
    feed_names: Mapping[Feed, Mapping[str, str]] = {}
    #: Words that weigh less together say too little to tell a category.
    least_score: float = 0.0
    severity: tuple[SeverityRule, ...]
    fusion: tuple[FusionRule, ...]
    routes: tuple[Route, ...]
    deadlines: tuple[DeadlineRule, ...]
    calendar: Calendar
    mutes: tuple[MuteRule, ...] = ()
    escalation: tuple[EscalationRule, ...] = ()
    #: People and posts that steps are raised to and that answer for mutes, by key.
    roles: Mapping[str, Name] = {}
    #: Perception patterns (感知规则), in their order; most cities begin without.
    patterns: tuple[Pattern, ...] = ()
    #: How a task may be moved.
    tasks: TaskRules = TaskRules()
