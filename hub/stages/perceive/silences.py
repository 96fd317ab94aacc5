"""Silence: a feed that has not spoken for longer than a pattern allows. It must never judge a feed that never spoke."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from hub.rulebook.book import Rulebook
from hub.rulebook.patterns import Pattern, PatternKind
from hub.stages.perceive.findings import Finding, FindingKind, local_time, why
from hub.stages.perceive.memory import Memory
from hub.vocabulary.perceptions import Firing
from hub.vocabulary.terms import Feed
from hub.vocabulary.why import Why


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the feeds at a moment."""

    #: When the last message of each feed came.
    last: Mapping[Feed, datetime]
    #: Since when somebody listens; silence before that may be the hub's own.
    since: datetime


#: When the patience of a pattern that starts at a moment runs out.
Patience = Callable[[Pattern, datetime], datetime]


def listen(book: Rulebook, heard: Heard, memory: Memory, patience: Patience, now: datetime) -> Iterator[Finding]:
    """Feeds that fell silent by now, each once a silence, and those that speak again."""
    for pattern in book.patterns:
        if pattern.kind is not PatternKind.SILENCE:
            continue
        for feed in pattern.feeds:
            last = heard.last.get(feed)
            if last is not None:
                yield from _of_feed(pattern, feed, last, heard, memory, patience, now, book)


def _of_feed(
    pattern: Pattern,
    feed: Feed,
    last: datetime,
    heard: Heard,
    memory: Memory,
    patience: Patience,
    now: datetime,
    book: Rulebook,
) -> Iterator[Finding]:
    known = [firing for firing in memory.firings(pattern.id) if firing.spot == feed.value]
    latest = max(known, key=lambda firing: firing.began_at, default=None)
    if latest is not None and last > latest.last_at == latest.began_at:
        # The first message after the silence; from now on `last_at` says when it ended.
        latest = replace(latest, last_at=last)
        memory.put(latest)
        reason = why(pattern, "speaks_again", feed=feed.value, at=local_time(last, book))
        yield _finding(pattern, FindingKind.SPEAKS_AGAIN, reason, latest)
    if latest is not None:
        if latest.began_at == last or latest.last_at + timedelta(minutes=pattern.quiet_minutes) > now:
            return
    if patience(pattern, max(last, heard.since)) <= now:
        yield _began(pattern, feed, last, memory, book)


def _began(pattern: Pattern, feed: Feed, last: datetime, memory: Memory, book: Rulebook) -> Finding:
    firing = Firing(
        id=f"{pattern.id}:{feed.value}:{last.isoformat()}",
        pattern=pattern.id,
        spot=feed.value,
        point=None,
        began_at=last,
        last_at=last,
    )
    memory.put(firing)
    verdict = "silent_in_office_hours" if pattern.office_hours else "silent"
    minutes = pattern.longer_than_minutes
    reason = why(pattern, verdict, feed=feed.value, last=local_time(last, book), minutes=minutes)
    return _finding(pattern, FindingKind.FIRED, reason, firing)


def _finding(pattern: Pattern, kind: FindingKind, reason: Why, firing: Firing) -> Finding:
    return Finding(
        pattern=pattern,
        kind=kind,
        why=reason,
        firing=firing,
        incidents=(),
        began_at=firing.began_at,
        last_at=firing.last_at,
        subject=firing.spot,
    )
