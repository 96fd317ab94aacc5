"""What many rules cost, by processor time, without any server: `python -m bench.rule_count`.

It reads Yuncheng's folder with 2,000 categories and 10,000 routes more, without and with a condition in each, and
decides the same orders with 100 and with 10,000 rules more, in turns, every third of them with a condition.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table

from bench.messages import hotline_orders
from bench.rulebooks import folder_of_size, folder_with_rules
from hub.edges.rules import city_texts, load_city, outlines_for
from hub.pipeline import decide, understand
from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_rulebook
from hub.settings import Settings
from hub.stages.locate import Atlas
from hub.vocabulary.incidents import Nearby
from hub.vocabulary.messages import LocatedReport, RawMessage
from hub.vocabulary.terms import Feed

_CATEGORIES, _ROUTES = 2_000, 10_000
_ORDERS, _TURNS = 400, 7


def main() -> None:
    """Print both tables' figures in one."""
    table = Table(title="processor time")
    table.add_column("what")
    table.add_column("figure", justify="right")
    texts = city_texts(Settings().city_dir())
    for conditions in (False, True):
        seconds = _reading(folder_of_size(texts, _CATEGORIES, _ROUTES, conditions=conditions))
        words = "each with a condition of its own" if conditions else "without conditions"
        table.add_row(f"reading {_CATEGORIES} categories and {_ROUTES} routes more, {words}", f"{seconds:.2f} s")
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        ratios = sorted(_ratios(_deciding(Path(few), 100), _deciding(Path(many), 10_000)))
    told = f"{ratios[len(ratios) // 2]:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    table.add_row("deciding an order with 10,000 rules more : with 100 more, the middle of all turns", told)
    Console(width=120).print(table)


def _reading(texts: dict[str, str]) -> float:
    outlines = outlines_for(texts)
    begun = time.process_time()
    book = read_rulebook(texts, outlines)
    seconds = time.process_time() - begun
    assert isinstance(book, Rulebook), book[:3]
    return seconds


def _ratios(few: Callable[[], float], many: Callable[[], float]) -> list[float]:
    few(), many()  # what is laid out once a rulebook is not what an order costs
    return [min(many() for _ in range(2)) / min(few() for _ in range(2)) for _ in range(_TURNS)]


def _deciding(folder: Path, rules: int) -> Callable[[], float]:
    rules_dir = folder_with_rules(folder, rules)
    book = load_city(rules_dir / Settings().city_dir().name)
    atlas = Atlas(book.city)
    now = datetime(2026, 3, 3, 2, tzinfo=UTC)
    source = next(source.id for source in book.city.sources if source.feed is Feed.HOTLINE)
    raws = [
        RawMessage(
            id=UUID(int=n),
            feed=Feed.HOTLINE,
            source=source,
            content_type="application/json",
            body=body,
            received_at=now,
        )
        for n, body in enumerate(islice(hotline_orders(book.city, _ORDERS), _ORDERS))
    ]

    def decide_all() -> float:
        begun = time.process_time()
        for raw in raws:
            located = [item for item in understand(raw, book, atlas) if isinstance(item, LocatedReport)]
            assert decide(located, Nearby(), book, now).tasks
        return time.process_time() - begun

    return decide_all


if __name__ == "__main__":
    main()
