"""Reads the files of cases/ beside the rules, or every error in them at once. It must never read a file itself."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from hub.rulebook.book import Rulebook
from hub.rulebook.cases import Becomes, Case, Expected, ExpectedStep, GivenReport, RulesByFile, Unwanted
from hub.rulebook.read import DUTY_FOLDER, ESCALATION_FILE, MUTES_FILE, PATTERNS_FILE
from hub.rulebook.read_city import key, point
from hub.rulebook.yaml_nodes import Errors, Item, RuleError, compose
from hub.vocabulary.messages import CategoryCode
from hub.vocabulary.terms import CategoryKind, Feed, Raise, ReportStatus, Severity

_REPORT = (
    "feed at source message title text code names severity point address district grid device area_codes status".split()
)
_EXPECT = (
    "of becomes category severity district lead assist accept resolve overdue muted escalations suggested_with "
    "rules not patterns opened_by"
).split()
_NOT = "category severity bureaus rules".split()
#: What a case writes where there must be no clock.
NO_CLOCK = "none"
#: What a case writes where nothing is to be muted.
NOT_MUTED = "false"


def read_cases(texts: Mapping[str, str], book: Rulebook) -> tuple[tuple[Case, ...], tuple[RuleError, ...]]:
    """The cases of every file, in order, and every error."""
    errors = Errors()
    reader = _Reader(book)
    found: list[Case] = []
    for file, text in sorted(texts.items()):
        root = compose(file, text, errors)
        fields = root.fields(("cases",), ("cases",)) if root is not None else {}
        found += [reader.case(entry) for entry in (fields["cases"].items() if "cases" in fields else [])]
    return tuple(found), errors.all()


def rules_by_file(book: Rulebook) -> RulesByFile:
    """The id of everything that can decide, by the file that holds it."""
    return {
        "categories.yaml": tuple(book.categories),
        "severity.yaml": tuple(rule.id for rule in book.severity),
        "fusion.yaml": tuple(rule.id for rule in book.fusion),
        "routing.yaml, duties.yaml": tuple(route.id for route in book.routes if route.duty is None),
        MUTES_FILE: tuple(rule.id for rule in book.mutes),
        ESCALATION_FILE: tuple(rule.id for rule in book.escalation),
        PATTERNS_FILE: tuple(pattern.id for pattern in book.patterns),
        "deadlines.yaml": tuple(rule.id for rule in book.deadlines if rule.clause is None),
        DUTY_FOLDER: (
            *(route.id for route in book.routes if route.duty is not None),
            *(rule.id for rule in book.deadlines if rule.clause is not None),
        ),
    }


class _Reader:
    """Reads cases against one rulebook: every name in them must exist."""

    def __init__(self, book: Rulebook) -> None:
        self._zone = ZoneInfo(book.city.timezone)
        self._standard_ref = book.standard_ref
        self._sources = {source.id: source for source in book.city.sources}
        self._categories = tuple(book.categories)
        self._bureaus = tuple(bureau.id for bureau in book.city.bureaus)
        self._districts = tuple(district.code for district in book.city.districts)
        self._rules = tuple(dict.fromkeys(rule for rules in rules_by_file(book).values() for rule in rules))
        self._mutes = tuple(rule.id for rule in book.mutes)
        self._roles = tuple(book.roles)
        self._patterns = tuple(pattern.id for pattern in book.patterns)
        self._seen: set[str] = set()

    def case(self, entry: Item) -> Case:
        fields = entry.fields(("id", "why", "reports", "until", "expect"), ("id", "why", "reports", "expect"))
        identity = key(fields["id"]) if "id" in fields else ""
        if identity in self._seen:
            fields["id"].error(f"the id `{identity}` is given twice")
        self._seen.add(identity)
        reports = tuple(
            self._report(name, item) for name, item in (fields["reports"].pairs() if "reports" in fields else ())
        )
        names = tuple(report.name for report in reports)
        return Case(
            file=entry.file,
            line=entry.line,
            id=identity,
            why=fields["why"].text() if "why" in fields else "",
            reports=reports,
            expect=tuple(
                self._expected(item, names) for item in (fields["expect"].items() if "expect" in fields else [])
            ),
            until=self._time(fields["until"]) if "until" in fields else None,
        )

    def _report(self, name: str, item: Item) -> GivenReport:
        fields = item.fields(_REPORT, ("feed", "at"))
        feed = fields["feed"].word(Feed) if "feed" in fields else Feed.HOTLINE
        if "message" not in fields and "title" not in fields:
            item.error("a report needs a `title`, or the source's own `message`")
        for field in set(fields) - {"feed", "at", "source", "message"} if "message" in fields else ():
            fields[field].error(f"`{field}` says nothing beside `message`: the source's own message says it")
        texts = ("title", "text", "address", "grid", "device")
        given = {field: fields[field].text(8_000) for field in texts if field in fields}
        return GivenReport(
            name=name,
            feed=feed,
            source=self._source(fields.get("source"), feed, item),
            at=self._time(fields.get("at")),
            message=fields["message"].plain() if "message" in fields else None,
            code=self._code(fields["code"]) if "code" in fields else None,
            names=fields["names"].texts() if "names" in fields else (),
            severity=fields["severity"].level(Severity) if "severity" in fields else None,
            point=point(fields["point"]) if "point" in fields else None,
            district=fields["district"].reference(self._districts, "district") if "district" in fields else None,
            area_codes=fields["area_codes"].texts() if "area_codes" in fields else (),
            status=fields["status"].word(ReportStatus) if "status" in fields else ReportStatus.ACTIVE,
            **given,
        )

    def _source(self, named: Item | None, feed: Feed, item: Item) -> str:
        of_feed = [source.id for source in self._sources.values() if source.feed is feed]
        if named is not None:
            return named.reference(of_feed, f"source of the feed {feed}")
        if not of_feed:
            item.error(f"this city has no source of the feed {feed}")
        return of_feed[0] if of_feed else ""

    def _code(self, item: Item) -> CategoryCode:
        """Bare digits are an event of the folder's own table."""
        if not item.is_mapping():
            return CategoryCode(kind=CategoryKind.EVENT, code=item.text(), standard_ref=self._standard_ref)
        fields = item.fields(("code", "kind", "standard_ref"), ("code", "kind"))
        return CategoryCode(
            kind=fields["kind"].word(CategoryKind) if "kind" in fields else CategoryKind.EVENT,
            code=fields["code"].text() if "code" in fields else "",
            standard_ref=fields["standard_ref"].text() if "standard_ref" in fields else self._standard_ref,
        )

    def _time(self, item: Item | None) -> datetime:
        text = item.text() if item is not None else ""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            if item is not None and text:
                item.error(f"`{text}` is no time", "a time of the city, such as 2026-03-03 10:00")
            return datetime(2000, 1, 1, tzinfo=UTC)
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)

    def _clock(self, item: Item | None) -> datetime | str | None:
        if item is None:
            return None
        return NO_CLOCK if item.text() == NO_CLOCK else self._time(item)

    def _expected(self, item: Item, names: Collection[str]) -> Expected:
        fields = item.fields(_EXPECT, ("of",))
        optional: dict[str, object] = {}
        for field, known in (("category", self._categories), ("lead", self._bureaus), ("district", self._districts)):
            if field in fields:
                optional[field] = fields[field].reference(known, "bureau" if field == "lead" else field)
        if "suggested_with" in fields:
            optional["suggested_with"] = fields["suggested_with"].reference(names, "report of this case")
        if "opened_by" in fields:
            optional["opened_by"] = fields["opened_by"].reference(self._patterns, "pattern")
        if "patterns" in fields:
            found = tuple(entry.reference(self._patterns, "pattern") for entry in fields["patterns"].items())
            optional["patterns"] = found
        if "becomes" in fields:
            optional["becomes"] = fields["becomes"].word(Becomes)
        return msgspec.structs.replace(
            Expected(
                line=item.line,
                of=self._of(fields, names),
                severity=fields["severity"].level(Severity) if "severity" in fields else None,
                assist=self._bureaus_of(fields.get("assist")),
                accept=self._clock(fields.get("accept")),
                resolve=self._clock(fields.get("resolve")),
                overdue=fields["overdue"].flag() if "overdue" in fields else None,
                muted=self._muted(fields.get("muted")),
                escalations=self._steps(fields.get("escalations")),
                rules=fields["rules"].references(self._rules, "rule") if "rules" in fields else (),
                unwanted=self._unwanted(fields["not"]) if "not" in fields else Unwanted(),
            ),
            **optional,
        )

    def _muted(self, item: Item | None) -> str | None:
        """The id of a mute, or that there is none."""
        if item is None:
            return None
        return NOT_MUTED if item.text() == NOT_MUTED else item.reference(self._mutes, "mute")

    def _steps(self, item: Item | None) -> tuple[ExpectedStep, ...] | None:
        """Exactly these, in order; an empty list means that nothing is raised."""
        return None if item is None else tuple(self._step(entry) for entry in item.items())

    def _step(self, item: Item) -> ExpectedStep:
        if not item.is_mapping():
            return ExpectedStep(raises=item.word(Raise))
        fields = item.fields(("raise", "at", "to"), ("raise",))
        return ExpectedStep(
            raises=fields["raise"].word(Raise) if "raise" in fields else Raise.REMINDER,
            at=self._time(fields["at"]) if "at" in fields else None,
            to=fields["to"].reference((*self._bureaus, *self._roles), "bureau or role") if "to" in fields else None,
        )

    def _of(self, fields: Mapping[str, Item], names: Collection[str]) -> tuple[str, ...]:
        """Nobody tells of a silence: what a pattern opened may have been seen in no report."""
        if "of" not in fields:
            return ()
        if "opened_by" in fields and not fields["of"].items():
            return ()
        return fields["of"].references(names, "report of this case")

    def _bureaus_of(self, item: Item | None) -> tuple[str, ...] | None:
        """Exactly these; an empty list means nobody."""
        if item is None:
            return None
        return tuple(entry.reference(self._bureaus, "bureau") for entry in item.items())

    def _unwanted(self, item: Item) -> Unwanted:
        fields = item.fields(_NOT)
        return Unwanted(
            category=fields["category"].references(self._categories, "category") if "category" in fields else (),
            severity=tuple(entry.level(Severity) for entry in fields["severity"].items())
            if "severity" in fields
            else (),
            bureaus=fields["bureaus"].references(self._bureaus, "bureau") if "bureaus" in fields else (),
            rules=fields["rules"].references(self._rules, "rule") if "rules" in fields else (),
        )
