"""Video alarms (视频告警): what an AI camera believes to see. It must never keep a stream or picture address, only ids.

A device is named by its GB/T 28181 id: 8 digits of area, 2 of industry, 3 of device type, 1 of network, 6 of serial.
"""

import re
from typing import Final

from hub.rulebook.book import Source
from hub.stages.normalise.fields import Fields, Names
from hub.stages.normalise.records import read_each
from hub.stages.normalise.values import MAX_ADDRESS, text_of
from hub.vocabulary.messages import RawMessage, Reject, Report

ALARM_ID: Names = ("alarm_id", "告警编号", "alarmId", "eventId", "source_id", "id")
DEVICE_ID: Names = ("device_id", "设备编码", "设备国标编码", "deviceId", "gbDeviceId", "channelId", "cameraId")
_EVENT_TYPE: Names = ("event_type", "告警类型", "事件类型", "eventType", "alarmType", "alarm_type")
_HAPPENED_AT: Names = ("occurred_at", "告警时间", "alarmTime", "alarm_time", "eventTime", "happenTime")
_UPDATED_AT: Names = ("updated_at", "更新时间", "updateTime")
_CONFIDENCE: Names = ("confidence", "置信度", "score")
_SNAPSHOT: Names = ("snapshot_id", "抓图编号", "snapshotId", "imageId")
_ADDRESS: Names = ("address", "安装地址", "位置", "gbAddress")
_NAME: Names = ("device_name", "设备名称", "deviceName", "gbName", "cameraName")
_CONTENT: Names = ("content", "描述", "description")
_STATUS: Names = ("status", "状态")
_IS_TEST: Names = ("is_test", "isTest", "测试")
_ATTRIBUTES: tuple[Names, ...] = (_NAME, ("algorithm", "算法", "algorithmName"))

#: What the abilities of AI cameras are called, and the name of the matter.
EVENTS: Final[tuple[tuple[str, str], ...]] = (
    ("RoadPonding", "道路积水"),
    ("RoadDamaged", "道路破损"),
    ("WellCoverAbnormal", "井盖异常"),
    ("GarbageExposed", "暴露垃圾"),
    ("GarbageOverflow", "垃圾满溢"),
    ("ResidueAccumulation", "积存垃圾渣土"),
    ("OffStoreOperation", "店外经营"),
    ("UnlicensedBusinessVendor", "无照经营游商"),
    ("RoadOccupatedInOperation", "占道经营"),
    ("RoadOccupatedInConstruction", "施工占道"),
    ("MotorVehicleParking", "机动车乱停放"),
    ("NoneMotorVehicleParking", "非机动车乱停放"),
    ("HangDownTheStreet", "沿街晾挂"),
    ("BannerOrSlogansHungging", "悬挂标语横幅"),
    ("IllegalAnUmbrella", "乱搭棚伞"),
    ("FireOrSmokeDetected", "烟火"),
    ("UnexpectedEvents", "人群聚集"),
    ("VehicleOfDangerous", "危险车辆"),
    ("HumanBreakIn", "人员闯入"),
    ("WithoutHelmetOnSite", "工地不戴安全帽"),
    ("TrafficAccident", "交通事故"),
    ("TreeFallen", "树木倒伏"),
)
_KEPT = frozenset(name for names in _ATTRIBUTES for name in names)
_BY_WORD = {word.lower(): event for event in EVENTS for word in event}
_DEVICE = re.compile(r"(?:[1-6]\d|71|8[12])\d{6}\d{2}1\d{2}\d\d{6}", re.ASCII)
_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,127}", re.ASCII)


def normalise_video(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every alarm of the message."""
    return read_each(raw, source, _read, frozenset({"alarm_id", "告警编号"}))


def is_device_id(text: str) -> bool:
    """Whether a text has the structure of a GB/T 28181 id of a device that can raise an alarm (type 1xx)."""
    return _DEVICE.fullmatch(text) is not None


def _read(fields: Fields, part: int) -> Report:
    raw = fields.raw
    source_id = fields.read_id(ALARM_ID)
    device_id = _device_id(fields)
    word = fields.require_line(_EVENT_TYPE, 60)
    event_type, matter = _BY_WORD.get(word.replace("_", "").lower(), (word, word))
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time_or_event_time(_HAPPENED_AT),
        received_at=raw.received_at,
        updated_at=fields.time(_UPDATED_AT),
        title=matter,
        text=fields.text(_CONTENT),
        category_names=(matter,) if event_type == matter else (matter, event_type),
        severity=fields.severity(),
        point=fields.point(),
        address=fields.line(_ADDRESS, MAX_ADDRESS),
        district=_district(device_id),
        device_id=device_id,
        status=fields.status(_STATUS, _IS_TEST),
        attributes=fields.kept(_KEPT) | _confidence(fields) | _snapshot(fields),
    )


def _device_id(fields: Fields) -> str:
    name, value = fields.find(DEVICE_ID)
    if value is None:
        raise fields.missing(DEVICE_ID, "The GB/T 28181 id of the device is required.")
    text = text_of(value, fields.at(name)).strip()
    if not is_device_id(text):
        raise fields.bad(
            name, "A GB/T 28181 device id is 20 digits: area 8, industry 2, type 1xx, network 1, serial 6."
        )
    return text


def _district(device_id: str) -> str | None:
    """The county in a device id; an id of a whole city or province (…00) names none."""
    return None if device_id[4:6] == "00" else device_id[:6]


def _confidence(fields: Fields) -> dict[str, str]:
    found = fields.number(_CONFIDENCE)
    if found is None:
        return {}
    if not 0 <= found <= 1:
        raise fields.bad(fields.find(_CONFIDENCE)[0], "A confidence lies between 0 and 1.")
    return {"confidence": f"{found:.3g}"}


def _snapshot(fields: Fields) -> dict[str, str]:
    """An opaque id by which the video platform finds the picture. An address would carry its password along."""
    text = fields.line(_SNAPSHOT, 1_000)
    if not text:
        return {}
    if not _OPAQUE.fullmatch(text):
        raise fields.bad(fields.find(_SNAPSHOT)[0], "Give the picture's id, not an address or path.")
    return {"snapshot_id": text}
