"""One simulated day of Yuncheng (运城市), pure and seeded: the same seed tells the same day. It must never read a clock
or the network."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from hub.edges.simulate.drafting import Draft, again, closed, pick_feed, updated
from hub.edges.simulate.kinds import BACKGROUND, Kind, Rhythm
from hub.edges.simulate.payloads import render
from hub.edges.simulate.scenes import Profile, scenes
from hub.edges.simulate.telling import Emission, Flaw, Spot, Telling
from hub.rulebook.book import City
from hub.vocabulary.places import Point, distance_m
from hub.vocabulary.terms import Feed

#: Happenings in the background of a day at scale 1; with their second tellings about 4,500 messages.
HAPPENINGS_A_DAY = 3_000
DAY_S = 86_400.0
#: Share of messages that are wrong on purpose.
MALFORMED_SHARE = 0.005
#: In the `demo` profile the day starts here, at seven in the morning.
DEMO_STARTS_AT_S = 7 * 3_600.0

_UPDATED_SHARE = 0.05
_CLOSED_SHARE = 0.04
_LATE_SHARE = 0.02
_OUT_OF_ORDER_SHARE = 0.01
_REPEAT_SHARE = 0.04
#: The same kind this near is the same happening, however often it is told in a day.
_SAME_WITHIN_M = 160.0
#: Hours for which a happening that is not mended stays the same one; what is not named stays all day.
_LASTS_HOURS = {"congestion": 1.5, "accident": 1.5, "stall": 4.0, "parking": 4.0, "noise": 4.0, "site_noise": 4.0}
#: Feeds whose records change under one id; warnings and alarms are new records each time.
_REVISING_FEEDS = frozenset({Feed.HOTLINE, Feed.GRID, Feed.TRAFFIC, Feed.MEDICAL, Feed.CITY})
#: What is told once and by one only.
_SINGLE_KINDS = frozenset({"consultation", "sudden_illness", "roadwork", "no_water"})
_FLAWS: tuple[Flaw, ...] = ("broken_json", "missing_field", "swapped", "future", "gbk_bytes")

#: Weight of each hour of the day, by rhythm.
_HOURS: dict[Rhythm, tuple[int, ...]] = {
    "day": (1, 1, 1, 1, 1, 2, 4, 8, 11, 11, 10, 9, 6, 5, 8, 10, 10, 9, 7, 5, 4, 3, 2, 1),
    "rush": (1, 1, 1, 1, 1, 2, 6, 16, 18, 8, 6, 7, 8, 6, 6, 7, 10, 18, 16, 9, 5, 4, 2, 1),
    "night": (9, 7, 6, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 7, 10, 12, 11),
    "evening": (3, 2, 1, 1, 1, 1, 2, 4, 4, 4, 4, 5, 5, 4, 4, 4, 5, 7, 9, 12, 13, 11, 8, 5),
    "flat": (3, 2, 2, 2, 2, 3, 4, 5, 5, 5, 5, 5, 5, 4, 4, 5, 5, 5, 5, 5, 5, 4, 4, 3),
}


def plan_day(
    seed: int, city: City, *, scale: float = 1.0, day: int = 0, run_id: str = "", profile: Profile = "day"
) -> list[Telling]:
    """Everything told on one day, in the order in which it is sent."""
    draft = Draft(random.Random(f"{seed}:{day}"), city, run_id=run_id, seed=seed, day=day)  # noqa: S311
    tellings = scenes(draft, profile, scale)
    starts_at = DEMO_STARTS_AT_S if profile == "demo" else 0.0
    background = _Background(draft, starts_at).tellings(max(1, round(HAPPENINGS_A_DAY * scale)))
    tellings += [_late(draft.rng, telling) for telling in background]
    tellings += _revisions(draft.rng, tellings)
    tellings += _malformed(draft, tellings)
    # Updates that would come after the day's end are cut off rather than wrapped before their first record.
    kept = [telling for telling in tellings if telling.sent_s < DAY_S + starts_at]
    kept.sort(key=lambda telling: (telling.sent_s, telling.source_id, telling.revision))
    return kept


def simulate_day(
    seed: int,
    city: City,
    start: datetime,
    scale: float = 1.0,
    *,
    day: int = 0,
    run_id: str = "",
    profile: Profile = "day",
) -> Iterator[Emission]:
    """The messages of one day that begins at local midnight `start`, in the order in which they are sent."""
    first_told: dict[tuple[Feed, str], datetime] = {}
    for telling in plan_day(seed, city, scale=scale, day=day, run_id=run_id, profile=profile):
        at = start + timedelta(seconds=telling.sent_s)
        first = first_told.setdefault((telling.feed, telling.source_id), at - timedelta(seconds=telling.late_s))
        yield render(telling, city, sent_at=at, occurred_at=first)


class _Background:
    """What happens in a city anyway."""

    def __init__(self, draft: Draft, starts_at: float) -> None:
        self._draft = draft
        self._starts_at = starts_at
        self._told: dict[tuple[str, int, int], list[tuple[Point, float, str]]] = {}

    def tellings(self, happenings: int) -> list[Telling]:
        rng = self._draft.rng
        kinds = rng.choices(BACKGROUND, [kind.weight for kind in BACKGROUND], k=happenings)
        return [telling for n, kind in enumerate(kinds) for telling in self._happening(n, kind)]

    def _happening(self, n: int, kind: Kind) -> list[Telling]:
        draft, rng = self._draft, self._draft.rng
        spot = draft.map.anywhere(rng)
        if Feed.VIDEO in kind.feeds and rng.random() < 0.2:
            spot = draft.seen_spot() or spot
        at = _moment(rng, kind.rhythm, self._starts_at)
        truth = self._truth(kind, spot, at, f"{kind.key}-{n}")
        tellers = 1 if kind.key in _SINGLE_KINDS else rng.choices((1, 2, 3), (76, 18, 6))[0]
        told: list[Telling] = []
        for _ in range(tellers):
            feed = self._feed(kind, spot, tuple(telling.feed for telling in told))
            told.append(draft.tell(kind, feed, spot, at, truth))
            if feed is Feed.HOTLINE and rng.random() < _REPEAT_SHARE:
                repeat_at = at + rng.uniform(1, 6) * 3_600
                told.append(again(told[-1], source_id=draft.source_id(feed), sent_s=repeat_at))
            at += rng.expovariate(1 / 1_500)
        return told

    def _feed(self, kind: Kind, spot: Spot, told_by: Sequence[Feed]) -> Feed:
        feed = pick_feed(self._draft.rng, kind, told_by)
        if feed is Feed.VIDEO and self._draft.device_near(spot) is None:
            return pick_feed(self._draft.rng, kind, (*told_by, Feed.VIDEO))
        return feed

    def _truth(self, kind: Kind, spot: Spot, at: float, name: str) -> str:
        """The happening's id; one already told nearby and not long ago stays the same happening."""
        if kind.key in _SINGLE_KINDS:
            return self._draft.happening(name)
        row, column = math.floor(spot.point.lat / 0.002), math.floor(spot.point.lon / 0.002)
        for key in ((kind.key, row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            for point, told_at, truth in self._told.get(key, ()):
                lasts_s = _LASTS_HOURS.get(kind.key, 24.0) * 3_600
                if abs(at - told_at) <= lasts_s and distance_m(point, spot.point) <= _SAME_WITHIN_M:
                    return truth
        truth = self._draft.happening(name)
        self._told.setdefault((kind.key, row, column), []).append((spot.point, at, truth))
        return truth


def _moment(rng: random.Random, rhythm: Rhythm, starts_at: float) -> float:
    """Seconds since midnight; what comes before the day's start belongs to its last hours."""
    at = rng.choices(range(24), _HOURS[rhythm])[0] * 3_600 + rng.uniform(0, 3_600)
    return at if at >= starts_at else at + DAY_S


def _revisions(rng: random.Random, tellings: Sequence[Telling]) -> list[Telling]:
    """Updates and closes that the sources send under the same id; some overtake one another on the way."""
    later: list[Telling] = []
    for telling in tellings:
        if telling.feed not in _REVISING_FEEDS or telling.revision or telling.truth is None or telling.note:
            continue
        draw = rng.random()
        if draw < _UPDATED_SHARE:
            change = updated(telling, after_s=rng.uniform(600, 3_600))
            later.append(change)
            if draw < _OUT_OF_ORDER_SHARE:
                later.append(_overtaken(rng, change))
        elif draw < _UPDATED_SHARE + _CLOSED_SHARE:
            later.append(closed(telling, after_s=rng.uniform(1_800, 7_200)))
    return later


def _overtaken(rng: random.Random, change: Telling) -> Telling:
    """An update written before `change` that arrives after it."""
    held_s = rng.uniform(60, 600)
    return msgspec.structs.replace(
        change,
        sent_s=change.sent_s + held_s,
        late_s=change.late_s + held_s + 300,
        revision=change.revision + 1,
        text=f"{change.text}（较早的一次更新。）",
        note="out of order",
    )


def _late(rng: random.Random, telling: Telling) -> Telling:
    """Some records reach the hub an hour or more after they were written."""
    if telling.note or telling.revision or rng.random() >= _LATE_SHARE:
        return telling
    held_s = rng.uniform(1_800, 7_200)
    return msgspec.structs.replace(telling, sent_s=telling.sent_s + held_s, late_s=telling.late_s + held_s, note="late")


def _malformed(draft: Draft, tellings: Sequence[Telling]) -> list[Telling]:
    """Messages that are wrong on purpose, under ids of their own."""
    rng = draft.rng
    count = round(len(tellings) * MALFORMED_SHARE)
    sound = [telling for telling in tellings if not telling.revision and not telling.form]
    wrong: list[Telling] = []
    for n in range(max(count, len(_FLAWS))):
        model, flaw = rng.choice(sound), _FLAWS[n % len(_FLAWS)]
        wrong.append(
            msgspec.structs.replace(
                model,
                source_id=draft.source_id(model.feed),
                sent_s=model.sent_s + rng.uniform(1, 600),
                flaw=flaw,
                # What is only oddly encoded still tells of the same happening.
                truth=model.truth if flaw == "gbk_bytes" else None,
                note=flaw.replace("_", " "),
            )
        )
    return wrong
