"""City management (智慧城管): cases with kind, 大类 and 小类. It must never keep photos, only how many there are."""

from hub.rulebook.book import Source
from hub.stages.normalise.codes import COMPONENT_ID, MAJOR, read_class_names, read_code
from hub.stages.normalise.fields import Fields, Names
from hub.stages.normalise.grid import GRID_CODE
from hub.stages.normalise.records import read_each
from hub.stages.normalise.values import MAX_ADDRESS, one_address
from hub.vocabulary.messages import RawMessage, Reject, Report

CASE_ID: Names = ("case_id", "案件编号", "任务号", "案卷编号", "caseNumber", "caseId", "source_id", "id")
_TITLE: Names = ("title", "标题", "案件名称")
_CONTENT: Names = ("content", "问题描述", "案件描述", "描述", "description")
_REPORTED_AT: Names = ("reported_at", "上报时间", "发现时间", "occurred_at", "reportTime", "created_at")
_UPDATED_AT: Names = ("updated_at", "更新时间", "updateTime")
_STATUS: Names = ("status", "案件状态", "状态", "caseStatus")
_IS_TEST: Names = ("is_test", "isTest", "测试件")
_ADDRESS: Names = ("address", "地址描述", "事发地址", "事发位置", "地址")
_DISTRICT: Names = ("district", "所属区县", "区县", "区域")
_TOWN: Names = ("town", "所属街道", "街道")
_COMMUNITY: Names = ("community", "所属社区", "社区")
_PHOTOS: Names = ("photos", "照片数", "photoCount")
_ATTRIBUTES: tuple[Names, ...] = (
    ("source_type", "问题来源", "案件来源"),
    COMPONENT_ID,
    ("filing_condition", "立案条件"),
    ("collector_id", "采集员编号", "监督员编号"),
    ("urgency", "紧急程度"),
    ("duty_grid", "责任网格"),
)
_KEPT = frozenset(name for names in _ATTRIBUTES for name in names)


def normalise_city(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every case (案件) of the message."""
    return read_each(raw, source, _read, frozenset({"case_id", "案件编号", "任务号", "案卷编号"}))


def _read(fields: Fields, part: int) -> Report:
    raw = fields.raw
    source_id = fields.read_id(CASE_ID)
    names = read_class_names(fields)
    code = read_code(fields)
    if code is None and not names:
        raise fields.missing(MAJOR, "A case needs kind, class and subclass as codes, or the subclass by name.")
    content = fields.text(_CONTENT)
    title = fields.line(_TITLE) or (names[-1] if names else "") or content.partition("\n")[0][:40]
    if not title:
        raise fields.missing(_TITLE, "A case needs a title, a subclass name or a content.")
    grid = fields.digits(GRID_CODE, (15, 16), "A unit grid code (单元网格编码)")
    district, district_name = fields.district(_DISTRICT)
    town, community = fields.line(_TOWN, 60), fields.line(_COMMUNITY, 60)
    photos = fields.count(_PHOTOS, most=1_000)
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
        district=district or (grid[:6] if grid else None),
        grid=grid,
        status=fields.status(_STATUS, _IS_TEST),
        attributes=fields.kept(_KEPT) | ({} if photos is None else {"photos": str(photos)}),
    )
