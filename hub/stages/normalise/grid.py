"""Grid management (网格): what a collector saw in a unit grid cell. It must never keep who the collector is."""

from hub.rulebook.book import Source
from hub.stages.normalise.codes import COMPONENT_ID, read_class_names, read_code
from hub.stages.normalise.fields import Fields, Names
from hub.stages.normalise.records import read_each
from hub.stages.normalise.values import MAX_ADDRESS, one_address
from hub.vocabulary.messages import RawMessage, Reject, Report

EVENT_ID: Names = ("event_id", "事件编号", "上报编号", "任务号", "案件编号", "eventId", "source_id", "id")
GRID_CODE: Names = (
    "grid_code", "网格编码", "网格编号", "单元网格编码", "单元网格标识码", "SZDYWGBSM", "szdywgbsm", "gridCode", "grid",
)  # fmt: skip
_TITLE: Names = ("title", "标题", "事件名称")
_CONTENT: Names = ("content", "问题描述", "事件描述", "事件内容", "描述", "description")
_REPORTED_AT: Names = ("reported_at", "上报时间", "采集时间", "occurred_at", "reportTime", "created_at")
_UPDATED_AT: Names = ("updated_at", "更新时间", "updateTime")
_STATUS: Names = ("status", "状态", "事件状态")
_IS_TEST: Names = ("is_test", "isTest", "测试件")
_ADDRESS: Names = ("address", "事发地址", "地址", "位置描述", "事件地点")
_DISTRICT: Names = ("district", "区县", "所属区县")
_TOWN: Names = ("town", "街道", "所属街道", "乡镇街道")
_COMMUNITY: Names = ("community", "社区", "所属社区")
_ATTRIBUTES: tuple[Names, ...] = (
    ("collector_id", "采集员编号", "网格员编号", "collectorId"),
    ("duty_grid", "责任网格"),
    COMPONENT_ID,
    ("photos", "照片数"),
    ("urgency", "紧急程度"),
    ("source_type", "问题来源", "来源"),
)
_KEPT = frozenset(name for names in _ATTRIBUTES for name in names)


def normalise_grid(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every grid report of the message."""
    return read_each(raw, source, _read, frozenset(GRID_CODE))


def _read(fields: Fields, part: int) -> Report:
    raw = fields.raw
    source_id = fields.read_id(EVENT_ID)
    names = read_class_names(fields)
    code = read_code(fields)
    content = fields.text(_CONTENT)
    title = fields.line(_TITLE) or (names[-1] if names else "") or content.partition("\n")[0][:40]
    if not title:
        raise fields.missing(_TITLE, "A grid report needs a title, a subclass name or a content.")
    grid = fields.digits(GRID_CODE, (15, 16), "A unit grid code (单元网格编码)")
    district, district_name = fields.district(_DISTRICT)
    town, community = fields.line(_TOWN, 60), fields.line(_COMMUNITY, 60)
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time_or_event_time(_REPORTED_AT),
        received_at=raw.received_at,
        updated_at=fields.time(_UPDATED_AT),
        title=title,
        text=content,
        code=code,
        category_names=names,
        severity=fields.severity(),
        point=fields.point(),
        address=one_address(district_name, town, community, fields.line(_ADDRESS, MAX_ADDRESS)),
        # The code of a unit grid begins with its district's.
        district=district or (grid[:6] if grid else None),
        grid=grid,
        status=fields.status(_STATUS, _IS_TEST),
        attributes=fields.kept(_KEPT),
    )
