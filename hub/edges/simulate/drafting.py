"""Writes single tellings: ids, words, people and each source's own error. It must never decide what happens in the
city."""

import random
import re
from collections.abc import Sequence

import msgspec

from hub.edges.simulate.gazetteer import Gazetteer, jittered
from hub.edges.simulate.kinds import Kind
from hub.edges.simulate.telling import Person, Spot, Telling
from hub.rulebook.book import City, Device
from hub.vocabulary.places import distance_m
from hub.vocabulary.terms import Feed

#: How far a source's point lies from the truth, one sigma.
SIGMA_M = {
    Feed.HOTLINE: 45.0,  # a geocoded address
    Feed.GRID: 8.0,
    Feed.TRAFFIC: 20.0,
    Feed.EMERGENCY: 30.0,
    Feed.MEDICAL: 30.0,
    Feed.CITY: 8.0,
    Feed.VIDEO: 5.0,
}

_PREFIX = {
    Feed.HOTLINE: "RX", Feed.GRID: "WG", Feed.TRAFFIC: "JT", Feed.EMERGENCY: "YJ",
    Feed.MEDICAL: "YL", Feed.CITY: "CG", Feed.VIDEO: "SP",
}  # fmt: skip

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高梁郑罗宋谢唐韩曹许邓萧"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英建国志红梅玉兰"
#: A camera farther than this does not see the happening.
_SEES_WITHIN_M = 400.0


class Draft:
    """One day's source of ids, words and people. Everything it draws comes from one seeded generator."""

    def __init__(self, rng: random.Random, city: City, *, run_id: str, seed: int, day: int) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]{0,16}", run_id):
            raise ValueError("run_id takes up to 16 letters and digits")
        self.rng = rng
        self.map = Gazetteer(city)
        self.devices = tuple(d for d in city.devices if d.district in self.map.district_codes)
        self._stem = f"{run_id}{'-' if run_id else ''}{seed}-{day}"
        self._count = 0

    def happening(self, name: str) -> str:
        """The id of a happening, as the truth file names it."""
        return f"{self._stem}-{name}"

    def source_id(self, feed: Feed) -> str:
        """The next record id of a feed."""
        self._count += 1
        return f"{_PREFIX[feed]}{self._stem}-{self._count:06d}"

    def person(self) -> Person:
        """An invented petitioner; the phone number is of a range that is not given out (1990000…)."""
        rng = self.rng
        name = rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2))))
        return Person(name=name, phone=f"1990000{rng.randrange(10_000):04d}", secret=rng.random() < 0.15)

    def tell(
        self, kind: Kind, feed: Feed, spot: Spot, sent_s: float, truth: str | None, *, person: Person | None = None
    ) -> Telling:
        """One telling of a happening, in the words of somebody who uses this feed."""
        rng = self.rng
        device = self.device_near(spot) if feed is Feed.VIDEO else None
        aim = device.point if device else spot.point
        address = spot.address
        text = rng.choice(kind.texts).format(address=address, district=spot.district_name)
        return Telling(
            sent_s=sent_s,
            late_s=round(rng.uniform(20, 240), 1),
            feed=feed,
            source_id=self.source_id(feed),
            kind=kind.key,
            spot=spot,
            point=jittered(rng, aim, SIGMA_M[feed]),
            title=rng.choice(kind.titles),
            text=text,
            truth=truth,
            person=(person or self.person()) if feed is Feed.HOTLINE else None,
            device_id=device.id if device else "",
            form="wzdx" if kind.key == "roadwork" and rng.random() < 0.5 else "",
        )

    def device_near(self, spot: Spot) -> Device | None:
        """The camera that sees a spot, if there is one."""
        if not self.devices:
            return None
        nearest = min(self.devices, key=lambda device: distance_m(device.point, spot.point))
        return nearest if distance_m(nearest.point, spot.point) <= _SEES_WITHIN_M else None

    def seen_spot(self) -> Spot | None:
        """A spot that a camera sees; None when the city has no cameras."""
        if not self.devices:
            return None
        device = self.rng.choice(self.devices)
        return self.map.near(device.point, device.district)


def again(telling: Telling, *, source_id: str, sent_s: float) -> Telling:
    """The same petitioner complains again under a new number (重复诉求)."""
    return msgspec.structs.replace(
        telling,
        source_id=source_id,
        sent_s=sent_s,
        title=f"再次反映：{telling.title}",
        text=f"市民再次来电反映，此前已反映过仍未解决：{telling.text}",
        note="repeat complaint",
    )


def updated(telling: Telling, *, after_s: float) -> Telling:
    """The source sends its record again with more words."""
    return msgspec.structs.replace(
        telling,
        sent_s=telling.sent_s + after_s,
        late_s=5.0,
        stage="updated",
        revision=telling.revision + 1,
        text=f"{telling.text}（补充：现场已有人员前往查看。）",
        note="update",
    )


def closed(telling: Telling, *, after_s: float) -> Telling:
    """The source closes its record."""
    return msgspec.structs.replace(
        telling,
        sent_s=telling.sent_s + after_s,
        late_s=5.0,
        stage="closed",
        revision=telling.revision + 1,
        note="close",
    )


def pick_feed(rng: random.Random, kind: Kind, avoid: Sequence[Feed] = ()) -> Feed:
    """A feed that tells of this kind, another than those to avoid where there is one."""
    feeds = [feed for feed in kind.feeds if feed not in avoid] or list(kind.feeds)
    return rng.choices(feeds, [kind.feeds[feed] for feed in feeds])[0]
