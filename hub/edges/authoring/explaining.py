"""Lays a decision beside its rulebook: every rule tried in order, and the condition that failed. It must never decide
again: which rule held is what the decision itself says."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from hub.edges.authoring.asked import Asked
from hub.rulebook.book import DeadlineRule, FusionRule, Route, Rulebook, SeverityRule
from hub.rulebook.conditions import CONDITION_FAILED
from hub.rulebook.escalation_rules import EscalationRule
from hub.rulebook.mute_rules import MuteRule
from hub.stages.deadlines import failed_conditions
from hub.stages.locate import Atlas
from hub.stages.perceive import unmet_conditions
from hub.vocabulary.messages import LocatedReport, Report
from hub.vocabulary.places import Place, distance_m
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.terms import DeadlineKind, Stage
from hub.vocabulary.why import Fact, Why

#: The steps by which a place is found, in the order in which they are tried; see the locate room.
_PLACE_STEPS = (
    "point",
    "device",
    "known_place",
    "area_outline",
    "area_codes",
    "grid_code",
    "district_code",
    "district_name",
    "address_words",
)
#: Conditions by which a rule is about other matters, instead of having failed.
_SUBJECT = frozenset({"categories", "families"})
_CLASSIFY_STEPS = ("by_code", "by_name", "by_words")


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, or a step of a room, and what stood in its way; nothing failed: it held."""

    rule: str
    failed: tuple[str, ...] = ()
    #: What the rule author wrote as its reason, such as the clause of the duty list.
    ground: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one room tried, in order, and the reasons it left."""

    stage: Stage
    tried: tuple[Tried, ...]
    #: Rules looked past because they are not about this category or family.
    about_others: int
    why: tuple[Why, ...]


class Border(msgspec.Struct, frozen=True, kw_only=True):
    """The polygon that placed a report: a district's outline, and whether the point lies in it or only close by."""

    district: str
    inside: bool
    corners: int


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a report is what it is."""

    report_id: str
    #: By which the report was understood and joined.
    rulebook_version: str
    #: By which the bureaus were sent; another one where the report joined an incident that is older.
    sent_version: str
    steps: tuple[Step, ...]
    border: Border | None


def explain(
    located: LocatedReport, whys: Sequence[Why], book: Rulebook, atlas: Atlas, sent_by: Rulebook | None = None
) -> Explanation:
    """Explain a decision by its reasons. `whys` holds those of the fuse, route and deadlines rooms; `sent_by` is the
    rulebook that sent the bureaus, where it is another one."""
    sender = book if sent_by is None else sent_by
    own = (*located.classification.why, located.place.why)
    every = _each_once((*own, *whys))
    steps = (
        _classify(located, every),
        _severity(located, book, every),
        _place(located, every),
        _fusion(located, book, every),
        *_mutes(located, sender, every),
        *(() if _held_back(every) else _sent(located, sender, every)),
        *_patterns(located, book, every),
    )
    return Explanation(
        report_id=located.report.id,
        rulebook_version=book.version,
        sent_version=sender.version,
        steps=steps,
        border=_border(located.place, book, atlas),
    )


def _classify(located: LocatedReport, whys: Sequence[Why]) -> Step:
    report, mine = located.report, _of(whys, Stage.CLASSIFY)
    held = mine[0].verdict if mine else ""
    failed = {
        "by_code": "unknown" if report.code is not None else "not_given",
        "by_name": "unknown" if report.category_names else "not_given",
        "by_words": "says_too_little",
    }
    return Step(stage=Stage.CLASSIFY, tried=_until(_CLASSIFY_STEPS, held, failed.__getitem__), about_others=0, why=mine)


def _place(located: LocatedReport, whys: Sequence[Why]) -> Step:
    mine = _of(whys, Stage.LOCATE)
    given = _given(located.report)

    def failed(step: str) -> str:
        if step == "point" and given[step]:
            return "default_point"
        return "unknown" if given[step] else "not_given"

    return Step(
        stage=Stage.LOCATE, tried=_until(_PLACE_STEPS, located.place.why.rule, failed), about_others=0, why=mine
    )


def _given(report: Report) -> dict[str, bool]:
    return {
        "point": report.point is not None,
        "device": bool(report.device_id),
        "known_place": bool(report.address),
        "area_outline": bool(report.area_outline),
        "area_codes": bool(report.area_codes),
        "grid_code": bool(report.grid),
        "district_code": bool(report.district),
        "district_name": bool(report.district or report.attributes),
        "address_words": bool(report.address),
    }


def _severity(located: LocatedReport, book: Rulebook, whys: Sequence[Why]) -> Step:
    report, category = located.report, located.classification.category
    mine = _of(whys, Stage.SEVERITY)
    held = {why.rule for why in mine if why.verdict == "severity_rule"}
    asked = Asked(located, book)
    about = [rule for rule in book.severity if rule.categories is None or category in rule.categories]
    tried = tuple(
        Tried(rule=rule.id, failed=() if rule.id in held else _severity_failed(rule, report, asked), ground=rule.why)
        for rule in about
    )
    return Step(stage=Stage.SEVERITY, tried=tried, about_others=len(book.severity) - len(about), why=mine)


def _severity_failed(rule: SeverityRule, report: Report, asked: Asked) -> tuple[str, ...]:
    failed = []
    if rule.feeds is not None and report.feed not in rule.feeds:
        failed.append("feeds")
    if rule.source_at_least is not None and (report.severity is None or report.severity > rule.source_at_least):
        failed.append("source_at_least")
    if not asked.holds(rule.when):
        failed.append("when")
    return tuple(failed) or ("words",)


def _fusion(located: LocatedReport, book: Rulebook, whys: Sequence[Why]) -> Step:
    family = located.classification.family
    mine = _of(whys, Stage.FUSE)
    asked = Asked(located, book)

    def about(rule: FusionRule) -> bool:
        return rule.families is None or family in rule.families

    def failed(rule: FusionRule) -> tuple[str, ...]:
        return () if asked.holds(rule.when) else ("when",)

    return _in_order(Stage.FUSE, book.fusion, about, failed, mine)


def _routes(located: LocatedReport, book: Rulebook, whys: Sequence[Why]) -> Step:
    mine = _of(whys, Stage.ROUTE)
    kind, report = located.classification, located.report
    # An incident keeps the category and district it was opened with, whatever its report says later.
    facts = mine[0].facts if mine else {}
    category = str(facts.get("category", kind.category))
    district = facts.get("district", located.place.district)
    duty = kind.clause.rpartition(".")[0]
    asked = Asked(located, book)
    families = {kind.family} | ({book.categories[category].family} if category in book.categories else set())

    def about(route: Route) -> bool:
        return (
            (route.duty is None or route.duty == duty)
            and (route.categories is None or category in route.categories)
            and (route.families is None or not families.isdisjoint(route.families))
        )

    def failed(route: Route) -> tuple[str, ...]:
        met = {
            "districts": route.districts is None or district in route.districts,
            "severity_at_least": route.severity_at_least is None or kind.severity <= route.severity_at_least,
            "feeds": route.feeds is None or report.feed in route.feeds,
            "when": asked.holds(*route.when),
        }
        return tuple(condition for condition, holds in met.items() if not holds)

    return _in_order(Stage.ROUTE, book.routes, about, failed, mine)


def _deadlines(located: LocatedReport, book: Rulebook, whys: Sequence[Why], clock: DeadlineKind) -> Step:
    kind = located.classification
    rules = [rule for rule in book.deadlines if rule.kind is clock]
    own = {rule.id for rule in rules}
    # One that could not be decided set no clock: only its rule says which it would have been.
    mine = tuple(why for why in _of(whys, Stage.DEADLINES) if why.facts.get("kind", clock.value) == clock.value)
    mine = tuple(why for why in mine if why.verdict != CONDITION_FAILED or why.rule in own)
    asked = Asked(located, book)

    def unmet(rule: DeadlineRule) -> tuple[str, ...]:
        return failed_conditions(rule, kind.category, kind.family, kind.severity)

    def about(rule: DeadlineRule) -> bool:
        return rule.clause in (None, kind.clause) and _SUBJECT.isdisjoint(unmet(rule))

    def failed(rule: DeadlineRule) -> tuple[str, ...]:
        failed = (*unmet(rule), *(() if asked.holds(rule.when) else ("when",)))
        return failed or (() if rule.resolve_within_hours is None else ("resolve_within_hours",))

    return _in_order(Stage.DEADLINES, rules, about, failed, mine)


def _patterns(located: LocatedReport, book: Rulebook, whys: Sequence[Why]) -> tuple[Step, ...]:
    """The patterns about a report's category, in their order; no step where there are none."""
    mine, kind = _of(whys, Stage.PERCEIVE), located.classification
    held = {why.rule for why in mine}
    tried: dict[str, Tried] = {}
    for pattern in book.patterns:
        for _, condition in pattern.roles:
            failed = unmet_conditions(condition, located)
            if kind.category in (condition.categories or {kind.category}) and not {"families"} & {*failed}:
                failed = () if pattern.id in held else failed or ("too_little_seen",)
                tried[pattern.id] = Tried(rule=pattern.id, failed=failed, ground=pattern.why)
    if not tried and not mine:
        return ()
    others = len(book.patterns) - len(tried)
    return (Step(stage=Stage.PERCEIVE, tried=tuple(tried.values()), about_others=others, why=mine),)


def _sent(located: LocatedReport, book: Rulebook, whys: Sequence[Why]) -> Iterator[Step]:
    """What is decided when the bureaus are sent."""
    yield _routes(located, book, whys)
    yield from (_deadlines(located, book, whys, kind) for kind in DeadlineKind)
    if book.escalation:
        yield from (_supervision(located, book, whys, kind) for kind in DeadlineKind)


def _held_back(whys: Sequence[Why]) -> bool:
    return bool(_of(whys, Stage.MUTE)) and not _of(whys, Stage.ROUTE)


def _mutes(located: LocatedReport, book: Rulebook, whys: Sequence[Why]) -> Iterator[Step]:
    """Told only where there are mutes, or one of the rulebook before has held it back."""
    mine = _of(whys, Stage.MUTE)
    if not book.mutes and not mine:
        return
    kind, report = located.classification, located.report

    def about(rule: MuteRule) -> bool:
        return (rule.categories is None or kind.category in rule.categories) and (
            rule.families is None or kind.family in rule.families
        )

    asked = Asked(located, book)

    def failed(rule: MuteRule) -> tuple[str, ...]:
        runs = (rule.since is None or rule.since <= report.received_at) and report.received_at < rule.until
        met = {
            "from_until": runs,
            "districts": rule.districts is None or located.place.district in rule.districts,
            "feeds": rule.feeds is None or report.feed in rule.feeds,
            "severity_at_most": kind.severity >= rule.severity_at_most,
            "near": rule.near is None
            or (located.place.point is not None and distance_m(rule.near, located.place.point) <= rule.within_m),
        }
        failed = tuple(condition for condition, holds in met.items() if not holds)
        return failed or (() if asked.holds(rule.when) else ("when",))

    yield _in_order(Stage.MUTE, book.mutes, about, failed, mine)


def _supervision(located: LocatedReport, book: Rulebook, whys: Sequence[Why], clock: DeadlineKind) -> Step:
    kind, report = located.classification, located.report
    rules = [rule for rule in book.escalation if rule.clock is clock]
    own = {rule.id for rule in rules}
    mine = tuple(
        why
        for why in _of(whys, Stage.SUPERVISE)
        if (why.rule in own if why.verdict == CONDITION_FAILED else why.facts.get("kind") == clock.value)
    )
    asked = Asked(located, book)

    def about(rule: EscalationRule) -> bool:
        return (rule.categories is None or kind.category in rule.categories) and (
            rule.families is None or kind.family in rule.families
        )

    def failed(rule: EscalationRule) -> tuple[str, ...]:
        met = {
            "districts": rule.districts is None or located.place.district in rule.districts,
            "severity_at_least": rule.severity_at_least is None or kind.severity <= rule.severity_at_least,
            "feeds": rule.feeds is None or report.feed in rule.feeds,
        }
        failed = tuple(condition for condition, holds in met.items() if not holds)
        if not failed and not asked.holds(rule.when):
            return ("when",)
        return failed or (() if rule.limit_within_hours is None else ("limit_within_hours",))

    return _in_order(Stage.SUPERVISE, rules, about, failed, mine)


def planned(kind: DeadlineKind, supervision: Supervision, book: Rulebook) -> Why:
    """What is raised for a clock if nobody meets it, as a reason."""
    first = supervision.steps[0].at.astimezone(ZoneInfo(book.city.timezone))
    facts: dict[str, Fact] = {
        "kind": kind.value,
        "raises": ", ".join(step.raises.value for step in supervision.steps),
        "first": f"{first:%Y-%m-%d %H:%M}",
    }
    return Why(stage=Stage.SUPERVISE, rule=supervision.rule, verdict="planned", facts=facts)


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def why(self) -> str: ...


def _in_order(
    stage: Stage,
    rules: Iterable[_Named],
    about: Callable[..., bool],
    failed: Callable[..., tuple[str, ...]],
    whys: tuple[Why, ...],
) -> Step:
    """Rules in their order up to the last that held; those about other matters are only counted."""
    held = {why.rule for why in whys if why.verdict != CONDITION_FAILED}
    tried: list[Tried] = []
    others = 0
    for rule in rules:
        if rule.id in held:
            tried.append(Tried(rule=rule.id, ground=rule.why))
            held.discard(rule.id)
            if not held:
                break
        elif about(rule):
            # A rule that only seems to hold has a condition of a kind that is not told apart here.
            tried.append(Tried(rule=rule.id, failed=failed(rule) or ("other",), ground=rule.why))
        else:
            others += 1
    return Step(stage=stage, tried=tuple(tried), about_others=others, why=whys)


def _until(steps: Sequence[str], held: str, failed: Callable[[str], str]) -> tuple[Tried, ...]:
    tried: list[Tried] = []
    for step in steps:
        if step == held:
            return (*tried, Tried(rule=step))
        tried.append(Tried(rule=step, failed=(failed(step),)))
    return tuple(tried)


def _border(place: Place, book: Rulebook, atlas: Atlas) -> Border | None:
    """The outline that gave a point its district."""
    if place.point is None or place.district is None:
        return None
    outline = next((district.outline for district in book.city.districts if district.code == place.district), ())
    corners = sum(len(ring) for polygon in outline for ring in polygon)
    if not corners:
        return None
    inside = atlas.borders.district_of(place.point) == place.district
    return Border(district=place.district, inside=inside, corners=corners)


def _of(whys: Iterable[Why], stage: Stage) -> tuple[Why, ...]:
    return tuple(why for why in whys if why.stage is stage)


def _each_once(whys: Iterable[Why]) -> tuple[Why, ...]:
    return tuple({msgspec.json.encode(why): why for why in whys}.values())
