"""The scenes of the simulated day: the burst main, the storm and its flooding, the area without water, the accidents.
It must never write a payload."""

from typing import Literal

import msgspec

from hub.edges.simulate.drafting import Draft, again, closed, updated
from hub.edges.simulate.gazetteer import moved
from hub.edges.simulate.kinds import KINDS
from hub.edges.simulate.telling import Spot, Telling
from hub.vocabulary.terms import Feed

#: `day` runs from midnight; `demo` starts at seven and lets the scenes come within its first minutes.
Profile = Literal["day", "demo"]

_MINUTE = 60.0
_HOUR = 3_600.0
_FLOODED_PLACES = 6
_ACCIDENTS = 7

#: Seconds of the day at which the scenes start, by profile. In `demo` the day itself starts at 07:00.
_STARTS: dict[Profile, dict[str, float]] = {
    "day": {
        "burst": 6 * _HOUR + 50 * _MINUTE,
        "storm": 14 * _HOUR + 20 * _MINUTE,
        "flood": 15 * _HOUR,
        "dry": 18.5 * _HOUR,
    },
    "demo": {
        "burst": 7 * _HOUR + 2 * _MINUTE,
        "storm": 7 * _HOUR + 22 * _MINUTE,
        "flood": 7 * _HOUR + 30 * _MINUTE,
        "dry": 7.2 * _HOUR,
    },
}
_ACCIDENT_HOURS: dict[Profile, tuple[float, ...]] = {
    "day": (7.6, 8.3, 12.2, 15.4, 17.7, 18.3, 21.0),
    "demo": (7.15, 7.7, 8.2, 12.2, 15.4, 17.7, 18.3),
}


def scenes(draft: Draft, profile: Profile, scale: float) -> list[Telling]:
    """Everything the scenes of one day make people tell."""
    starts = _STARTS[profile]
    tellings = _burst_main(draft, starts["burst"])
    tellings += _storm(draft, starts["storm"])
    for n in range(max(3, round(_FLOODED_PLACES * scale**0.5))):
        tellings += _flooding(draft, starts["flood"] + n * 9 * _MINUTE, n)
    tellings += _area_without_water(draft, starts["dry"])
    hours = _ACCIDENT_HOURS[profile]
    for n in range(max(3, round(_ACCIDENTS * scale))):
        tellings += _accident(draft, hours[n % len(hours)] * _HOUR + (n // len(hours)) * 7 * _MINUTE, n)
    return tellings


def _burst_main(draft: Draft, start_s: float) -> list[Telling]:
    """One burst water main, told by nine callers (two of them again), two grid workers, a camera and a warden."""
    kind, truth = KINDS["burst_main"], draft.happening("burst-main")
    spot = _under_a_camera(draft)
    calls = [
        draft.tell(kind, Feed.HOTLINE, _said_around(draft, spot), start_s + n * 4.5 * _MINUTE, truth) for n in range(7)
    ]
    others = [
        draft.tell(kind, feed, spot, start_s + minutes * _MINUTE, truth)
        for feed, minutes in ((Feed.VIDEO, 3), (Feed.GRID, 7), (Feed.CITY, 11), (Feed.GRID, 19))
    ]
    repeats = [
        again(call, source_id=draft.source_id(Feed.HOTLINE), sent_s=call.sent_s + 26 * _MINUTE) for call in calls[:2]
    ]
    first_grid = next(telling for telling in others if telling.feed is Feed.GRID)
    return [*calls, *others, *repeats, updated(first_grid, after_s=15 * _MINUTE)]


def _under_a_camera(draft: Draft) -> Spot:
    central = [device for device in draft.devices if device.district == "140802"]
    if not central:
        return draft.map.crossing(5, 4)
    device = draft.rng.choice(central)
    return draft.map.near(moved(device.point, 25, 15), device.district)


def _said_around(draft: Draft, spot: Spot) -> Spot:
    """Callers name the same place in their own way."""
    tail = draft.rng.choice(("", "路边", "公交站旁", "路口", "人行道上"))
    return msgspec.structs.replace(spot, road=spot.road.removesuffix("附近") + tail)


def _storm(draft: Draft, start_s: float) -> list[Telling]:
    """The orange rainstorm warning: the city's own in the Chinese form, one district's in CAP, and its lifting."""
    kind, truth = KINDS["rainstorm"], draft.happening("storm-warning")
    city = draft.tell(kind, Feed.EMERGENCY, draft.map.district_spot(draft.map.district_codes[0]), start_s, truth)
    text = "预计未来三小时我市中南部将出现五十毫米以上降雨，伴有短时强降水和雷电，请注意防范。"
    warning = msgspec.structs.replace(
        city, form="warning", title="运城市气象台发布暴雨橙色预警[II级/严重]", text=text, note="storm warning"
    )
    district = msgspec.structs.replace(
        city,
        form="cap",
        source_id=draft.source_id(Feed.EMERGENCY),
        sent_s=start_s + 4 * _MINUTE,
        title=f"{city.spot.district_name}暴雨橙色预警",
        truth=draft.happening("storm-warning-district"),
        text=f"{city.spot.district_name}低洼路段可能出现积水内涝，请减少外出。",
        note="storm warning, CAP",
    )
    lifted = closed(warning, after_s=4 * _HOUR)
    return [warning, district, lifted]


def _flooding(draft: Draft, start_s: float, n: int) -> list[Telling]:
    """One flooded place, told by several feeds over half an hour."""
    rng, kind, truth = draft.rng, KINDS["flooding"], draft.happening(f"flooding-{n}")
    spot = (draft.seen_spot() if n % 2 else None) or draft.map.crossing(3 * n + 1, 5 * n + 2)
    feeds = [Feed.HOTLINE, Feed.HOTLINE, Feed.GRID, Feed.HOTLINE]
    feeds += [Feed.VIDEO] if draft.device_near(spot) else []
    feeds += [Feed.TRAFFIC] if n % 3 == 0 else []
    feeds += [Feed.CITY] if n % 3 == 1 else []
    return [
        draft.tell(kind, feed, spot, start_s + i * rng.uniform(2, 6) * _MINUTE, truth) for i, feed in enumerate(feeds)
    ]


def _area_without_water(draft: Draft, start_s: float) -> list[Telling]:
    """Four neighbouring places without water within half an hour: four happenings, which a pattern takes for one."""
    return [
        draft.tell(
            KINDS["no_water"],
            Feed.HOTLINE,
            draft.map.crossing(row, column),
            start_s + n * 8 * _MINUTE,
            draft.happening(f"area-without-water-{n}"),
        )
        for n, (row, column) in enumerate(((1, 1), (1, 2), (2, 1), (2, 2)))
    ]


def _accident(draft: Draft, start_s: float, n: int) -> list[Telling]:
    """A traffic accident with somebody hurt: traffic police, a 120 call, now and then a citizen and a camera."""
    rng, kind, truth = draft.rng, KINDS["accident"], draft.happening(f"accident-{n}")
    spot = draft.map.central(rng)
    traffic = draft.tell(kind, Feed.TRAFFIC, spot, start_s, truth)
    tellings = [
        traffic,
        draft.tell(kind, Feed.MEDICAL, spot, start_s + rng.uniform(1, 5) * _MINUTE, truth),
        updated(traffic, after_s=12 * _MINUTE),
        closed(updated(traffic, after_s=0), after_s=50 * _MINUTE),
    ]
    if n % 2 == 0:
        tellings.append(draft.tell(kind, Feed.HOTLINE, spot, start_s + rng.uniform(2, 9) * _MINUTE, truth))
    if draft.device_near(spot):
        tellings.append(draft.tell(kind, Feed.VIDEO, spot, start_s + rng.uniform(0, 2) * _MINUTE, truth))
    return tellings
