"""`/v1/rulebooks/backtest`: what a draft would have made of the past. Never two at once, never without end."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody

from hub.edges.authoring.backtesting import AspectChanges, Backtest
from hub.edges.authoring.workshop import rules_of
from hub.edges.backtest import Period, backtest
from hub.edges.clock import utc_now
from hub.edges.keys import Role
from hub.edges.rules import outlines_for
from hub.edges.web.answers import Answer
from hub.edges.web.guard import ROLE
from hub.edges.web.problems import documented, problem
from hub.edges.web.rulebooks import RULES_HAVE_ERRORS, refused_rules
from hub.edges.web.wiring import Wired
from hub.rulebook.book import Rulebook
from hub.rulebook.read import RuleError, read_rulebook

#: Reports that a page may ask for; `hub rules backtest` has no limit.
MAX_REPORTS = 20_000
_PROBLEMS = documented(
    "bad-request",
    "bad-parameter",
    "key-missing",
    "key-not-allowed",
    "foreign-origin",
    "wrong-host",
    "too-large",
    "backtest-running",
    "store-unavailable",
)


class BacktestDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A draft to be compared with what is active."""

    #: Every file of the city folder by its name; those of `cases/` say nothing here.
    files: dict[str, str]
    #: How far back.
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    #: The newest so many reports.
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_REPORTS)] = 5_000
    #: Examples of each kind of change.
    examples: Annotated[int, msgspec.Meta(ge=0, le=50)] = 5


class BacktestAnswer(Answer, frozen=True, kw_only=True):
    """What changes by the draft."""

    #: Versions of the active rulebook and of the draft.
    before: str
    after: str
    since: str
    until: str
    records: int
    reports: int
    incidents_before: int
    incidents_after: int
    incidents_changed: int
    changes: tuple[AspectChanges, ...]
    #: There are older reports within the days asked for.
    truncated: bool
    seconds: float


@post(
    "/v1/rulebooks/backtest",
    opt={ROLE: Role.RULES},
    status_code=200,
    responses=_PROBLEMS | RULES_HAVE_ERRORS,
    tags=["rulebooks"],
    summary="What a draft would have made of the past",
)
async def run_backtest(wiring: Wired, data: JSONBody[BacktestDraft]) -> BacktestAnswer:
    """Replays the newest reports through the active rulebook and the draft, and tells which incidents change category,
    severity, grouping, bureau or deadline, with examples and the rules that did it. One runs at a time; it takes some
    seconds, and nothing is stored."""
    rules = rules_of(data.files)
    book = await asyncio.to_thread(_read, rules)
    if not isinstance(book, Rulebook):
        raise refused_rules(book)
    active = await wiring.activations.active(wiring.settings.city)
    stored = None if active is None else await wiring.activations.texts(active.version)
    if stored is None:
        raise problem("bad-request", "No rulebook is active yet.")
    if wiring.backtesting.locked():
        raise problem("backtest-running", "Wait for it to end.", headers={"retry-after": "10"})
    async with wiring.backtesting:
        now = utc_now()
        period = Period(since=now - timedelta(days=data.days), until=now, limit=data.limit)
        found = await backtest(wiring.settings.database_url, stored.files, rules, period, examples=data.examples)
    return _told(found)


def _read(rules: Mapping[str, str]) -> Rulebook | tuple[RuleError, ...]:
    return read_rulebook(rules, outlines_for(rules))


def _told(found: Backtest) -> BacktestAnswer:
    values = msgspec.structs.asdict(found)
    return BacktestAnswer(**values | {"since": found.since.isoformat(), "until": found.until.isoformat()})
