"""`/v1/rules`: the rules as they are, one rule with its past, and trying a report. It must never change a rule."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from hub.edges.authoring.naming_reasons import reasons_naming
from hub.edges.authoring.outlining import Entry, Outline
from hub.edges.authoring.past import wordings
from hub.edges.authoring.trying import Outcome, TriedReport, try_report
from hub.edges.authoring.wording import explained
from hub.edges.authoring.workshop import ReadBook
from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.web.drafts import found_draft, text_of
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import checked_text
from hub.edges.web.problems import FieldError, documented, problem, wrong
from hub.edges.web.rule_answers import (
    DecidedAnswer,
    DecidedIncident,
    FileText,
    RuleDetail,
    RuleFile,
    RuleList,
    Tried,
    TriedDeadline,
    TriedIncident,
    TriedReject,
    TriedTask,
    TryReport,
    WordingAnswer,
)
from hub.edges.web.telling import Telling
from hub.edges.web.wiring import Wired, Wiring
from hub.rulebook.book import Rulebook
from hub.rulebook.names import names_of
from hub.stages.locate import Atlas
from hub.vocabulary.masking import mask
from hub.vocabulary.messages import Reject

_MAX_RULES = 20_000
_DECIDED = 10
#: Errors told of a draft that cannot be tried; the check tells all of them.
_MAX_ERRORS = 20
_YEARS = range(2000, 2101)

_READ = ("bad-parameter", "key-missing", "key-not-allowed", "not-found", "wrong-host", "store-unavailable")
_LIST = documented(*_READ)
_TRY = documented(
    *_READ,
    "bad-request",
    "foreign-origin",
    "too-large",
    "unsupported-media-type",
    "rules-have-errors",
    "unknown-source",
)

Query = Annotated[str | None, QueryParameter(description="Words, all of which must stand in a rule.", max_length=200)]
Section = Annotated[str | None, QueryParameter(description="Only rules under this key, such as `routes`.")]
DraftId = Annotated[UUID | None, QueryParameter(description="Of this draft; without it of the active rulebook.")]
Most = Annotated[int, QueryParameter(ge=1, le=_MAX_RULES, description="Most rules told.")]
FileName = Annotated[str, QueryParameter(description="A file of the folder, such as `routing.yaml`.", max_length=200)]


@get("/v1/rules", opt={ROLE: Role.READ}, responses=_LIST, tags=["rules"], summary="List or search the rules")
async def list_rules(
    wiring: Wired, q: Query = None, section: Section = None, draft: DraftId = None, limit: Most = _MAX_RULES
) -> RuleList:
    """Every named thing of the folder: categories, duties, routes, limits, bureaus, cases. `q` looks through ids,
    names, codes, words and units, in Chinese and in English."""
    outline = await _outline(wiring, draft)
    found = outline.search(checked_text(q, "q") or "", checked_text(section, "section"))
    return RuleList(
        version=wiring.book.version,
        draft=draft,
        files=tuple(RuleFile(file=file, lines=text.count("\n") + 1) for file, text in outline.files.items()),
        items=tuple(found[:limit]),
        total=len(found),
    )


@get("/v1/rules/file", opt={ROLE: Role.READ}, responses=_LIST, tags=["rules"], summary="The text of a rule file")
async def read_rule_file(wiring: Wired, file: FileName, draft: DraftId = None) -> FileText:
    """`revision` goes back with a changed text."""
    name = checked_text(file, "file")
    if draft is not None:
        return await text_of(wiring, draft, name)
    texts = await _texts(wiring, None)
    if name not in texts:
        raise problem("not-found", "The active rulebook has no such file.")
    return FileText(file=name, text=texts[name], base=texts[name], revision=0, changed_by="", changed_at=None)


@get("/v1/rules/entry", opt={ROLE: Role.READ}, responses=_LIST, tags=["rules"], summary="One rule")
async def read_rule(
    wiring: Wired, file: FileName, section: FromQuery[str], id: FromQuery[str], draft: DraftId = None
) -> RuleDetail:
    """What it says, its wording in earlier rulebooks, and the incidents it had a part in lately."""
    place = (checked_text(file, "file"), checked_text(section, "section"), checked_text(id, "id"))
    outline = await _outline(wiring, draft)
    entry = outline.get(place)
    if entry is None:
        raise problem("not-found", "There is no such rule in that file.")
    past = await wiring.authoring.file_through_time(entry.file)
    older = await wiring.workshop.run(lambda: wordings(past, *place))
    return RuleDetail(
        rule=entry,
        text=outline.block(place),
        fields=outline.fields(place),
        wordings=tuple(WordingAnswer(version=w.version, since=w.since, text=w.text) for w in older),
        decided=await _decided(wiring, entry, outline),
    )


@post(
    "/v1/rules/try",
    opt={ROLE: Role.READ},
    status_code=200,
    responses=_TRY,
    tags=["rules"],
    summary="Try a report without sending it",
)
async def try_rules(wiring: Wired, data: JSONBody[TryReport]) -> Tried:
    """What the report would become by itself, by the active rulebook or a draft, with every rule that was tried.
    Nothing is kept."""
    book, atlas = await _tried_on(wiring, data.draft)
    tried = _tried(data, book)
    outcome = await wiring.workshop.run(lambda: try_report(tried, book, atlas))
    if isinstance(outcome, Reject):
        told = TriedReject(reason=outcome.reason, field=outcome.field, message=outcome.message)
        return Tried(rulebook_version=book.version, incident=None, reject=told, steps=(), border=None, zh="", en="")
    telling = Telling(book)
    return Tried(
        rulebook_version=book.version,
        incident=_incident(outcome, book),
        reject=None,
        steps=telling.steps(outcome.explanation.steps),
        border=telling.border(outcome.explanation.border),
        zh=explained(outcome.explanation, book, "zh"),
        en=explained(outcome.explanation, book, "en"),
    )


async def readable(wiring: Wiring, texts: dict[str, str]) -> ReadBook:
    """The rulebook of a draft. Raises a problem that holds its first errors."""
    read = await wiring.workshop.book(texts)
    if isinstance(read, ReadBook):
        return read
    errors = [FieldError(f"{error.file}:{error.line}:{error.column}", error.message) for error in read.errors]
    raise problem("rules-have-errors", f"The draft has {len(errors)} error(s): check it first.", errors[:_MAX_ERRORS])


async def _tried_on(wiring: Wiring, draft: UUID | None) -> tuple[Rulebook, Atlas]:
    if draft is not None:
        await found_draft(wiring, draft)
        return await readable(wiring, await wiring.drafts.texts(draft))
    running = await wiring.versions.of(wiring.book.version, wiring.book)
    return running or (wiring.book, Atlas(wiring.book.city))


async def _outline(wiring: Wiring, draft: UUID | None) -> Outline:
    return await wiring.workshop.outline(await _texts(wiring, draft))


async def _texts(wiring: Wiring, draft: UUID | None) -> dict[str, str]:
    if draft is not None:
        await found_draft(wiring, draft)
        return await wiring.drafts.texts(draft)
    texts = await wiring.workshop.active_texts(wiring.book.version)
    if texts is None:
        raise problem("not-found", "The texts of the active rulebook are not kept here yet.")
    return texts | await wiring.workshop.cases()


async def _decided(wiring: Wiring, entry: Entry, outline: Outline) -> DecidedAnswer | None:
    reasons = reasons_naming(entry, outline)
    if reasons is None:
        return None
    found = await wiring.authoring.decided(reasons, utc_now() - timedelta(hours=24), _DECIDED)
    return DecidedAnswer(
        incidents=tuple(
            DecidedIncident(id=row.id, title=mask(row.title), status=row.status, severity=row.severity, at=row.at)
            for row in found.incidents
        ),
        last_24h=found.lately,
        looked_at=found.looked_at,
        since=found.since,
    )


def _tried(data: JSONBody[TryReport], book: Rulebook) -> TriedReport:
    if (data.lon is None) != (data.lat is None):
        raise wrong("lon", "longitude and latitude are given together or not at all")
    source = next((source.id for source in book.city.sources if source.feed is data.feed), None)
    if source is None:
        raise wrong("feed", "this rulebook has no source of that feed", "unknown-source")
    return TriedReport(
        feed=data.feed,
        source=source,
        at=_time(data.at),
        title=data.title,
        text=data.text,
        address=data.address,
        district=data.district or None,
        point=None if data.lon is None or data.lat is None else (data.lon, data.lat),
        category_name=data.category_name,
        code=data.code,
        code_kind=data.code_kind,
        severity=data.severity,
    )


def _time(at: datetime | None) -> datetime:
    if at is None:
        return utc_now()
    if at.tzinfo is None or at.year not in _YEARS:
        raise wrong("at", "must be a time of this century with its offset, such as 2026-07-12T08:00:00+08:00")
    return at


def _incident(outcome: Outcome, book: Rulebook) -> TriedIncident:
    names = names_of(book)
    incident = outcome.incident
    return TriedIncident(
        category=incident.category,
        category_name=names.get(incident.category),
        severity=incident.severity,
        district=incident.district,
        district_name=names.get(incident.district or ""),
        precision=outcome.located.place.precision,
        supervisors=tuple(names[bureau] for bureau in outcome.supervisors if bureau in names),
        tasks=tuple(
            TriedTask(
                bureau=task.bureau,
                bureau_name=names.get(task.bureau),
                role=task.role,
                deadlines=tuple(
                    TriedDeadline(
                        kind=clock.kind,
                        basis=clock.basis,
                        amount=clock.amount,
                        due_at=clock.due_at,
                        rule=clock.why.rule,
                    )
                    for clock in task.deadlines
                ),
            )
            for task in outcome.tasks
        ),
    )
