"""Whether wall, API and database say the same of every incident, and whether everything posted is accounted for."""

from collections.abc import Collection, Mapping

import asyncpg
import httpx
import msgspec

from hub.edges.wall.board import MAX_CARDS
from hub.vocabulary.terms import LIVE_STATUSES

_PAGE = 200


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen shows: version by incident, and its count of live ones."""

    versions: Mapping[str, int]
    live: int


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the messages went."""

    raw: int
    reports: int
    revisions: int
    rejects: int
    #: Said twice, word for word: posted again after an answer that was lost, or by the source itself.
    repeated: int
    missing: int
    too_many: int

    @property
    def agree(self) -> bool:
        """Whether each message is one of these and nothing is there that nobody sent."""
        return (
            self.missing == self.too_many == 0
            and self.raw == self.reports + self.revisions + self.rejects + self.repeated
        )


async def live_versions(pool: asyncpg.Pool) -> dict[str, int]:
    """Version of every live incident in the database."""
    statuses = [status.value for status in LIVE_STATUSES]
    rows = await pool.fetch("select id, version from incidents where status = any($1)", statuses)
    return {row["id"]: row["version"] for row in rows}


async def api_versions(url: str) -> dict[str, int]:
    """Version of every live incident as the API tells."""
    versions: dict[str, int] = {}
    cursor: str | None = None
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
        while True:
            query: dict[str, object] = {"limit": _PAGE, "status": [status.value for status in LIVE_STATUSES]}
            page = (await client.get("/v1/incidents", params=query | ({"cursor": cursor} if cursor else {}))).json()
            versions |= {item["id"]: item["version"] for item in page["items"]}
            if (cursor := page.get("next_cursor")) is None:
                return versions


def drift(shown: Shown, stored: Mapping[str, int]) -> int:
    """Incidents about which a screen is wrong: shown and not so, or not shown though there is room."""
    wrong = sum(stored.get(id) != version for id, version in shown.versions.items())
    return wrong + abs(min(len(stored), MAX_CARDS) - len(shown.versions)) + abs(shown.live - len(stored))


async def accounts(pool: asyncpg.Pool, expected: Collection[str]) -> Accounts:
    """`expected` are the ids of the reports that were sent and accepted."""
    reports = {row["report_id"] for row in await pool.fetch("select report_id from reports")}
    row = await pool.fetchrow(
        """
        with became as (
            select id,
                   id in (select raw_id from reports) as report,
                   id in (select raw_id from report_revisions) as revision,
                   id in (select raw_id from rejects) as reject
            from raw_messages
        )
        select count(*) as raw,
               count(*) filter (where report) as reports,
               count(*) filter (where revision and not report) as revisions,
               count(*) filter (where reject and not report and not revision) as rejects,
               count(*) filter (where not report and not revision and not reject) as repeated
        from became
        """
    )
    return Accounts(**dict(row), missing=len(set(expected) - reports), too_many=len(reports - set(expected)))
