"""A live server over a made-up busy city, as a process of its own: the screens' side without the road to it.

Run as `python -m bench.busy_board PORT INCIDENTS CHANGES_A_SECOND`. It says `ready`, begins to change at the first line
it is given, stops at the second and answers with one line of figures, and serves on until its input ends.
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bench.calls import spots_of
from hub.edges.clock import utc_now
from hub.edges.metrics import Metrics
from hub.edges.rules import load_city
from hub.edges.wall.board import Board
from hub.edges.wall.gate import Gate
from hub.edges.wall.push import LiveServer
from hub.rulebook.book import Rulebook
from hub.settings import Settings
from hub.vocabulary.changes import Card
from hub.vocabulary.terms import Feed, IncidentStatus, Severity

_SEVERITIES = (Severity.I, Severity.II, Severity.III, Severity.IV)
_WEIGHTS = (1, 6, 43, 50)
_STATUSES = (IncidentStatus.OPEN, IncidentStatus.DISPATCHED, IncidentStatus.HANDLING, IncidentStatus.VERIFYING)
#: Of ten changes, one opens an incident and one closes one; the others change one that is open.
_OPENS, _CLOSES = 0.1, 0.2
_TITLE = "自来水管爆裂，路面积水严重，影响出行"


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What the server did between the two lines."""

    seconds: float
    cpu_seconds: float
    changes: int
    #: What a screen has to show in the end: version by incident.
    versions: dict[str, int]


class BusyCity:
    """Cards all over a city, and changes of them; the number of open ones stays about the same."""

    def __init__(self, book: Rulebook, incidents: int, *, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._categories = list(book.categories)
        self._bureaus = [bureau.id for bureau in book.city.bureaus]
        self._districts = [district.code for district in book.city.districts]
        self._spots = spots_of(book.city)
        self._opened = 0
        self.open = {card.id: card for card in (self._fresh(utc_now()) for _ in range(incidents))}
        self._ids = list(self.open)

    def changes(self) -> Iterator[Card]:
        """One change after the other, each dated when it is asked for."""
        while True:
            draw, now = self._rng.random(), utc_now()
            at = self._rng.randrange(len(self._ids))
            if draw < _OPENS:
                card = self._fresh(now)
                self._ids.append(card.id)
            elif draw < _CLOSES:
                self._ids[at], self._ids[-1] = self._ids[-1], self._ids[at]
                closed = self.open.pop(self._ids.pop())
                yield msgspec.structs.replace(
                    closed, version=closed.version + 1, status=IncidentStatus.CLOSED, updated_at=now
                )
                continue
            else:
                card = self._changed(self.open[self._ids[at]], now)
            self.open[card.id] = card
            yield card

    def _fresh(self, now: datetime) -> Card:
        rng, (lon, lat) = self._rng, self._rng.choice(self._spots)
        self._opened += 1
        return Card(
            id=f"YC{self._opened:012d}",
            version=1,
            status=IncidentStatus.DISPATCHED,
            category=rng.choice(self._categories),
            severity=rng.choices(_SEVERITIES, _WEIGHTS)[0],
            title=f"{_TITLE} {self._opened}",
            address="盐湖区河东东街与中银大道交叉口东南角",
            district=rng.choice(self._districts),
            lon=lon + rng.uniform(-0.003, 0.003),
            lat=lat + rng.uniform(-0.003, 0.003),
            opened_at=now - timedelta(seconds=rng.uniform(0, 20_000)) if self._opened % 10 else now,
            updated_at=now,
            report_count=1,
            feeds=(rng.choice((Feed.HOTLINE, Feed.GRID, Feed.TRAFFIC)),),
            lead_bureau=rng.choice(self._bureaus),
            due_at=now + timedelta(seconds=rng.uniform(-3_600, 40_000)),
            overdue=rng.random() < 0.1,
        )

    def _changed(self, card: Card, now: datetime) -> Card:
        return msgspec.structs.replace(
            card,
            version=card.version + 1,
            status=self._rng.choice(_STATUSES),
            report_count=card.report_count + 1,
            updated_at=now,
        )


async def serve(port: int, incidents: int, changes_a_second: float) -> None:
    """Serve until the input ends."""
    book = load_city(Settings().city_dir())
    city = BusyCity(book, incidents)
    # Twice as many as the wall shows of a city: here nothing may be hidden, or states could not be compared.
    board = Board(epoch="bench", zone=ZoneInfo(book.city.timezone), max_cards=2 * incidents)
    board.load(city.open.values())
    board.frame(utc_now())
    gate = Gate(may_enter=_anybody, on_loopback=True)
    server = LiveServer(board, gate=gate, clock=utc_now, metrics=Metrics())
    told = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    async with server.listening("127.0.0.1", port):
        print("ready", flush=True)
        await told.readline()
        began, used = time.perf_counter(), time.process_time()
        changing = asyncio.create_task(_change(city, board, server, changes_a_second))
        await told.readline()
        seconds, used = time.perf_counter() - began, time.process_time() - used
        changing.cancel()
        ran = Ran(
            seconds=seconds,
            cpu_seconds=used,
            changes=round(seconds * changes_a_second),
            versions={card.id: card.version for card in city.open.values()},
        )
        print(msgspec.json.encode(ran).decode(), flush=True)
        await told.read()


async def _change(city: BusyCity, board: Board, server: LiveServer, changes_a_second: float) -> None:
    began = time.perf_counter()
    for n, card in enumerate(city.changes()):
        board.take(card)
        server.poke()
        await asyncio.sleep(max(0.0, began + n / changes_a_second - time.perf_counter()))


def _anybody(headers: Mapping[str, str], subprotocols: Sequence[str]) -> bool:
    return True


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
