"""Medical emergency 120 (急救): facts of the event only. It must never keep who the patient or the caller is, nor what
they said.

Health data is sensitive personal information: the complaint (主诉) is read to find its class and then dropped.
"""

from typing import Final

from hub.rulebook.book import Source
from hub.stages.normalise.fields import LATITUDE, LONGITUDE, Fields, Names
from hub.stages.normalise.records import read_each
from hub.stages.normalise.values import MAX_ADDRESS, one_address
from hub.vocabulary.messages import RawMessage, Reject, Report
from hub.vocabulary.terms import ReportStatus

EVENT_ID: Names = ("event_id", "sjbm", "SJBM", "急救事件编码", "EventCode", "eventCode", "source_id", "id")
_CALLED_AT: Names = (
    "called_at", "hjsj", "HJSJ", "呼救时间", "开始受理时刻", "FirstAcceptTime", "firstAcceptTime", "occurred_at",
)  # fmt: skip
_UPDATED_AT: Names = ("updated_at", "gxsj", "GXSJ", "更新时间")
_PLACE: Names = ("address", "xcdz", "XCDZ", "事发地址", "现场地址", "Address")
_DISTRICT: Names = ("district", "区县", "Area")
_COMPLAINT: Names = ("complaint", "zs", "ZS", "主诉", "病情")
_CLASS: Names = ("complaint_class", "主诉分类", "AccidentTypeName", "事件类型")
_PATIENTS: Names = ("patients", "hzrs", "HZRS", "患者人数", "伤病人数")
_FINISHED: Names = ("is_finished", "IsFinish", "isFinish")
_STATUS: Names = ("status", "状态")
_IS_TEST: Names = ("is_test", "IsTest", "isTest")
_SEVERITY: Names = ("severity", "事件等级")
_X: Names = (*LONGITUDE, "jd", "JD")
_Y: Names = (*LATITUDE, "wd", "WD")
_ATTRIBUTES: tuple[Names, ...] = (
    ("call_origin", "呼救来源", "EventSourceCode"),
    ("task_type", "任务类型", "EventTypeCode"),
    ("vehicles", "派车数", "TransactTaskCount"),
    ("dispatched_at", "派车时刻", "FirstSendAmbTime"),
    ("center", "CenterCode"),
    # A local code table that nobody published: kept to be read, never taken for a severity.
    ("accident_level", "AccidentLevelCode"),
)
_KEPT = frozenset(name for names in _ATTRIBUTES for name in names)

#: Classes of complaint and the words that lead to each, most telling first; the first class with a word wins.
CLASSES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("一氧化碳中毒", ("一氧化碳", "煤气中毒", "煤烟", "炭火中毒")),
    ("中毒", ("中毒", "服毒", "农药", "误服", "药物过量")),
    ("交通伤", ("车祸", "交通事故", "撞车", "被撞", "追尾", "交通伤")),
    ("烧烫伤", ("烧伤", "烫伤", "灼伤", "爆炸伤")),
    ("溺水", ("溺水", "落水")),
    ("触电", ("触电", "电击")),
    ("坠落伤", ("坠楼", "坠落", "高处", "跳楼")),
    ("心脏骤停", ("心脏骤停", "心跳停", "没有呼吸", "无呼吸", "呼吸心跳")),
    ("意识障碍", ("昏迷", "意识不清", "晕倒", "昏倒", "呼之不应")),
    ("卒中", ("卒中", "脑梗", "脑出血", "中风", "偏瘫", "半身不遂")),
    ("胸痛", ("胸痛", "胸闷", "心梗", "心绞痛", "心脏病")),
    ("呼吸困难", ("呼吸困难", "气短", "哮喘", "窒息")),
    ("抽搐", ("抽搐", "癫痫")),
    ("孕产", ("临产", "分娩", "孕妇", "产妇", "破水")),
    ("中暑", ("中暑", "热射病")),
    ("外伤", ("外伤", "骨折", "摔伤", "出血", "刀伤", "砸伤", "受伤", "打架", "跌倒")),
    ("腹痛", ("腹痛", "肚子疼", "呕吐", "腹泻")),
    ("发热", ("发热", "发烧", "高烧")),
)
_OTHER = "其他急症"


def normalise_medical(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every emergency event of the message."""
    return read_each(raw, source, _read, frozenset({"sjbm", "SJBM", "急救事件编码"}))


def complaint_class(complaint: str) -> str:
    """The class of a complaint in free words."""
    for name, words in CLASSES:
        if any(word in complaint for word in words):
            return name
    return _OTHER


def _read(fields: Fields, part: int) -> Report:
    raw = fields.raw
    source_id = fields.read_id(EVENT_ID)
    # A class field is looked up like a complaint, so that words about a person cannot pass through it.
    kind = complaint_class(fields.line(_CLASS, 200) + " " + fields.text(_COMPLAINT, 500))
    patients = fields.count(_PATIENTS, most=100_000)
    place = fields.line(_PLACE, MAX_ADDRESS)
    point = fields.point(_X, _Y)
    if not place and point is None:
        raise fields.missing(_PLACE, "An emergency event needs an address or a position.")
    district, district_name = fields.district(_DISTRICT)
    updated_at = fields.time(_UPDATED_AT)
    status = fields.status(_STATUS, _IS_TEST)
    if status is ReportStatus.ACTIVE and fields.flag(_FINISHED):
        status = ReportStatus.CLOSED
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time_or_event_time(_CALLED_AT, updated_at),
        received_at=raw.received_at,
        updated_at=updated_at,
        title=f"120急救：{kind}" + (f"（{patients}人）" if patients and patients > 1 else ""),
        category_names=("急救", kind),
        severity=fields.severity(_SEVERITY),
        point=point,
        address=one_address(district_name, place),
        district=district,
        status=status,
        attributes=fields.kept(_KEPT) | ({} if patients is None else {"patients": str(patients)}),
    )
