"""Writes a telling as the bytes its feed sends, in the source's own coordinates. It must never add to the truth."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import geocoordinates_ffi as geo
import msgspec

from hub.edges.simulate.kinds import KINDS
from hub.edges.simulate.storm_alerts import write_cap, write_warning
from hub.edges.simulate.telling import Emission, Expect, Telling
from hub.rulebook.book import City, Source
from hub.vocabulary.places import Point
from hub.vocabulary.terms import CoordinateSystem, Feed

JSON = "application/json"
XML = "application/xml"

Body = dict[str, Any]

#: What AI cameras call the kinds they can see.
_ALARMS = {
    "burst_main": "RoadPonding",
    "flooding": "RoadPonding",
    "accident": "TrafficAccident",
    "garbage": "GarbageExposed",
    "manhole": "WellCoverAbnormal",
    "parking": "NoneMotorVehicleParking",
    "stall": "UnlicensedBusinessVendor",
    "fire": "FireOrSmokeDetected",
}
#: The message set of GB/T 20134-2025 that each kind belongs to.
_TRAFFIC = {"accident": "accident", "flooding": "disaster", "congestion": "road_abnormality", "roadwork": "control"}
#: A camera of the central district on the government network, for a city whose cameras are not listed.
_UNLISTED_CAMERA = "14080200081326000001"
_FUTURE = timedelta(days=3)


class Moments(msgspec.Struct, frozen=True, kw_only=True):
    """The times a payload tells, in the source's zone."""

    occurred: datetime
    #: When the source last wrote its record.
    written: datetime

    def plain(self, moment: datetime) -> str:
        """As most Chinese systems write a time: without its zone."""
        return moment.strftime("%Y-%m-%d %H:%M:%S")


def render(telling: Telling, city: City, *, sent_at: datetime, occurred_at: datetime) -> Emission:
    """The message of a telling. `occurred_at` is that of the first record under its id."""
    source = source_of(city, telling.feed)
    zone = _zone(source.timezone)
    written = sent_at - timedelta(seconds=telling.late_s)
    times = Moments(occurred=occurred_at.astimezone(zone), written=written.astimezone(zone))
    if telling.flaw == "future":
        times = Moments(occurred=times.occurred + _FUTURE, written=times.written + _FUTURE)
    if telling.form in ("warning", "cap"):
        write = write_warning if telling.form == "warning" else write_cap
        body, content_type = write(telling, times.written, city), XML
    else:
        body, content_type = _json(telling, source, times), JSON
    return Emission(
        at=sent_at,
        feed=telling.feed,
        source=source.id,
        content_type=content_type,
        body=body,
        truth=telling.truth,
        source_id=telling.source_id,
        expect=_expected(telling, source),
        note=telling.note,
    )


def source_of(city: City, feed: Feed) -> Source:
    """The city's first source of a feed."""
    for source in city.sources:
        if source.feed is feed:
            return source
    raise ValueError(f"the city {city.code} has no source of the feed {feed}; the simulated day needs one")


def in_system(point: Point, system: CoordinateSystem) -> tuple[float, float]:
    """Longitude and latitude of a point in the system that a source uses, to seven decimals."""
    if system is CoordinateSystem.GCJ02:
        shifted = geo.wgs84_to_gcj02(geo.Wgs84(lat=point.lat, lon=point.lon))
        return round(shifted.lon, 7), round(shifted.lat, 7)
    if system is CoordinateSystem.BD09:
        shifted = geo.wgs84_to_bd09(geo.Wgs84(lat=point.lat, lon=point.lon))
        return round(shifted.lon, 7), round(shifted.lat, 7)
    return round(point.lon, 7), round(point.lat, 7)


def _json(telling: Telling, source: Source, times: Moments) -> bytes:
    if telling.form == "wzdx":
        return msgspec.json.encode(_work_zone(telling, times))
    body = _WRITERS[telling.feed](telling, source, times)
    if telling.flaw == "swapped":
        body["longitude"], body["latitude"] = body["latitude"], body["longitude"]
    if telling.flaw == "missing_field":
        del body[_ID_FIELDS[telling.feed]]
    encoded = msgspec.json.encode(body)
    if telling.flaw == "broken_json":
        return encoded[: len(encoded) * 2 // 3]
    return encoded.decode().encode("gb18030") if telling.flaw == "gbk_bytes" else encoded


def _expected(telling: Telling, source: Source) -> Expect:
    if telling.flaw == "gbk_bytes":
        return "report" if {"gb18030", "gbk"} & set(source.encodings) else "reject"
    return "reject" if telling.flaw else "report"


def _hotline(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    person = telling.person
    body = {
        "order_id": telling.source_id,
        "order_type": "咨询" if telling.kind == "consultation" else "投诉",
        "title": telling.title,
        "content": telling.text,
        "question_class": "->".join(KINDS[telling.kind].path),
        "called_at": times.plain(times.occurred),
        "updated_at": times.plain(times.written),
        "channel": "电话",
        "district": telling.spot.district_name,
        "town": telling.spot.township,
        "address": telling.spot.road,
        "longitude": lon,
        "latitude": lat,
        "status": "已办结" if telling.stage == "closed" else "处理中",
    }
    if person is not None:
        body |= {"caller_name": person.name, "caller_phone": person.phone, "is_secret": person.secret}
    return body


def _grid(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    return _coded(telling) | {
        "event_id": telling.source_id,
        "title": telling.title,
        "content": telling.text,
        "reported_at": times.occurred.isoformat(timespec="seconds"),
        "updated_at": times.written.isoformat(timespec="seconds"),
        "grid_code": _grid_code(telling),
        "district": telling.spot.district,
        "town": telling.spot.township,
        "address": telling.spot.road,
        "longitude": lon,
        "latitude": lat,
        "status": "已办结" if telling.stage == "closed" else "处置中",
        "photos": 2,
    }


def _city(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    return _coded(telling) | {
        "case_id": telling.source_id,
        "content": telling.text,
        "reported_at": times.plain(times.occurred),
        "updated_at": times.plain(times.written),
        "source_type": "采集员上报",
        "grid_code": _grid_code(telling),
        "town": telling.spot.township,
        "address": telling.spot.address,
        "longitude": lon,
        "latitude": lat,
        "status": "已结案" if telling.stage == "closed" else "待处置",
    }


def _traffic(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    return {
        "id": telling.source_id,
        "kind": _TRAFFIC[telling.kind],
        "title": telling.title,
        "description": telling.text,
        "occurred_at": times.occurred.isoformat(timespec="seconds"),
        "updated_at": times.written.isoformat(timespec="seconds"),
        "road": telling.spot.road,
        "address": telling.spot.address,
        "district": telling.spot.district,
        "longitude": lon,
        "latitude": lat,
        "severity": int(KINDS[telling.kind].severity),
        "status": "closed" if telling.stage == "closed" else "active",
        "reporter_unit": "交警支队",
    }


def _emergency(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    return {
        "id": telling.source_id,
        "kind": KINDS[telling.kind].names[1],
        "title": telling.title,
        "description": telling.text,
        "occurred_at": times.occurred.isoformat(timespec="seconds"),
        "updated_at": times.written.isoformat(timespec="seconds"),
        "address": telling.spot.address,
        "district": telling.spot.district,
        "longitude": lon,
        "latitude": lat,
        "severity": int(KINDS[telling.kind].severity),
        "reporter_unit": "应急指挥中心",
    }


def _medical(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    is_accident = telling.kind == "accident"
    return {
        "event_id": telling.source_id,
        "called_at": times.plain(times.occurred),
        "updated_at": times.plain(times.written),
        "address": telling.spot.address,
        "district": telling.spot.district,
        "complaint": "车祸，有人受伤" if is_accident else telling.title,
        "patients": 1 + (is_accident and len(telling.source_id) % 2),
        "vehicles": 1 + telling.revision,
        "dispatched_at": times.plain(times.written),
        "is_finished": telling.stage == "closed",
        "longitude": lon,
        "latitude": lat,
    }


def _video(telling: Telling, source: Source, times: Moments) -> Body:
    lon, lat = in_system(telling.point, source.system)
    return {
        "alarm_id": telling.source_id,
        "device_id": telling.device_id or _UNLISTED_CAMERA,
        "event_type": _ALARMS[telling.kind],
        "occurred_at": times.occurred.isoformat(timespec="seconds"),
        "confidence": round(0.7 + (hash_of(telling.source_id) % 30) / 100, 2),
        "snapshot_id": f"snap-{telling.source_id}",
        "algorithm": "urban-scenes",
        "content": f"画面识别：{telling.title}",
        "address": telling.spot.address,
        "longitude": lon,
        "latitude": lat,
    }


def _work_zone(telling: Telling, times: Moments) -> Body:
    """A WZDx 4.2 feed with one work zone; GeoJSON is always in WGS 84."""
    lon, lat = in_system(telling.point, CoordinateSystem.WGS84)
    written = times.written.isoformat(timespec="seconds")
    core = {
        "event_type": "work-zone",
        "data_source_id": "yuncheng-traffic",
        "name": telling.title,
        "road_names": [telling.spot.road],
        "direction": "eastbound",
        "description": telling.text,
        "creation_date": times.occurred.isoformat(timespec="seconds"),
        "update_date": written,
    }
    properties = {
        "core_details": core,
        "start_date": times.occurred.isoformat(timespec="seconds"),
        "end_date": (times.occurred + timedelta(days=3)).isoformat(timespec="seconds"),
        "event_status": "completed" if telling.stage == "closed" else "active",
        "location_method": "channel-device-method",
        "vehicle_impact": "some-lanes-closed",
    }
    geometry = {"type": "LineString", "coordinates": [[lon, lat], [round(lon + 0.001, 7), lat]]}
    return {
        "feed_info": {"publisher": "交警支队", "version": "4.2", "update_date": written},
        "type": "FeatureCollection",
        "features": [
            {"id": telling.source_id, "type": "Feature", "properties": properties, "geometry": geometry},
        ],
    }


def _coded(telling: Telling) -> Body:
    kind = KINDS[telling.kind]
    return {
        "kind": kind.kind.value,
        "class_code": kind.code[:2],
        "class_name": kind.names[0],
        "subclass_code": kind.code[2:],
        "subclass_name": kind.names[1],
    }


def _grid_code(telling: Telling) -> str:
    """Fifteen digits: district 6, township 3, community 3, cell 3; the last two are invented from the road."""
    number = hash_of(telling.spot.road)
    return f"{telling.spot.township_code}{number % 20 + 1:03d}{number // 20 % 60 + 1:03d}"


def hash_of(text: str) -> int:
    """A small number that stays the same from run to run, unlike Python's own hash."""
    return sum((n + 1) * ord(letter) for n, letter in enumerate(text))


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


_WRITERS: dict[Feed, Callable[[Telling, Source, Moments], Body]] = {
    Feed.HOTLINE: _hotline,
    Feed.GRID: _grid,
    Feed.TRAFFIC: _traffic,
    Feed.EMERGENCY: _emergency,
    Feed.MEDICAL: _medical,
    Feed.CITY: _city,
    Feed.VIDEO: _video,
}
_ID_FIELDS = {
    Feed.HOTLINE: "order_id",
    Feed.GRID: "event_id",
    Feed.TRAFFIC: "id",
    Feed.EMERGENCY: "id",
    Feed.MEDICAL: "event_id",
    Feed.CITY: "case_id",
    Feed.VIDEO: "alarm_id",
}
