"""Cards for the tests of the live side."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.edges.wall.board import Board
from hub.vocabulary.changes import Card, Change
from hub.vocabulary.terms import Feed, IncidentStatus, Severity

ZONE = ZoneInfo("Asia/Shanghai")
#: 10:00 in Yuncheng.
NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)


def card(
    id: str = "YC1",
    version: int = 1,
    status: IncidentStatus = IncidentStatus.OPEN,
    severity: Severity = Severity.IV,
    district: str | None = "140802",
    feeds: tuple[Feed, ...] = (Feed.HOTLINE,),
    opened_at: datetime = NOW,
    updated_at: datetime | None = None,
    overdue: bool = False,
    title: str = "水管爆裂",
) -> Card:
    return Card(
        id=id,
        version=version,
        status=status,
        category="water",
        severity=severity,
        title=title,
        address="河东街与中银大道交叉口",
        district=district,
        lon=111.0,
        lat=35.0,
        opened_at=opened_at,
        updated_at=updated_at or opened_at + timedelta(seconds=version),
        report_count=version,
        feeds=feeds,
        lead_bureau="water-bureau",
        due_at=None,
        overdue=overdue,
    )


def change(of: Card) -> Change:
    return Change(card=of, kinds=("opened",), at=of.updated_at, rulebook_version="r1")


def board(max_cards: int = 5_000, epoch: str = "e1") -> Board:
    return Board(epoch=epoch, zone=ZONE, max_cards=max_cards)
