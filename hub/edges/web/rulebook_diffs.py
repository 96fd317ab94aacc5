"""`GET /v1/rulebooks/{a}/diff/{b}`: what changes from one rulebook to another. It must never judge either."""

import asyncio

import msgspec
from litestar import get
from litestar.params import FromPath

from hub.edges.keys import Role
from hub.edges.store.activations import StoredTexts
from hub.edges.web.answers import Answer
from hub.edges.web.guard import ROLE
from hub.edges.web.paging import checked_text
from hub.edges.web.problems import documented, problem
from hub.edges.web.wiring import Wired, Wiring
from hub.rulebook.differing import RuleChange, rule_changes

_PROBLEMS = documented(
    "bad-parameter", "key-missing", "key-not-allowed", "wrong-host", "store-unavailable", "not-found"
)
_ACTIVE = "active"


class DiffAnswer(Answer, frozen=True, kw_only=True):
    """The rules that are not the same in two rulebooks, as `hub rules diff --json` tells them."""

    #: Versions.
    before: str = msgspec.field(name="from")
    after: str = msgspec.field(name="to")
    #: File by file, in the order of the newer.
    rules: tuple[RuleChange, ...]


@get(
    "/v1/rulebooks/{a:str}/diff/{b:str}",
    opt={ROLE: Role.READ},
    responses=_PROBLEMS,
    tags=["rulebooks"],
    summary="What changes from one version to another",
)
async def diff_rulebooks(wiring: Wired, a: FromPath[str], b: FromPath[str]) -> DiffAnswer:
    """Rule by rule and key by key, from `a` to `b`; either may be `active`."""
    before, after = await _texts(wiring, a, "a"), await _texts(wiring, b, "b")
    # Ten thousand rules take seconds to compare.
    rules = await asyncio.to_thread(rule_changes, before.files, after.files)
    return DiffAnswer(before=before.version, after=after.version, rules=rules)


async def _texts(wiring: Wiring, version: str, field: str) -> StoredTexts:
    if version == _ACTIVE:
        active = await wiring.activations.active(wiring.settings.city)
        if active is None:
            raise problem("not-found", "No rulebook is active yet.")
        version = active.version
    stored = await wiring.activations.texts(checked_text(version, field))
    if stored is None:
        raise problem("not-found", f"There is no rulebook of the version {version}.")
    return stored
