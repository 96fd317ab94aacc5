"""12345 hotline (热线): work orders as JSON or as the CSV that cities export. It must never put a petitioner elsewhere
than into `Petitioner`, where it is personal data.

Names of fields come first in our own schema (`schemas/feed.hotline.json`), then as exports and call centres have them.
"""

import re
from typing import Any

from hub.rulebook.book import Source
from hub.stages.normalise.fields import Fields, Names
from hub.stages.normalise.records import read_each
from hub.stages.normalise.values import MAX_ADDRESS, clean_line, one_address, text_of
from hub.vocabulary.messages import Petitioner, RawMessage, Reject, Report

ORDER_ID: Names = (
    "order_id", "工单编号", "orderNum", "workOrderNumber", "工单号", "案件编号", "caseNumber", "orderId", "source_id",
    "id",
)  # fmt: skip
_TITLE: Names = ("title", "标题", "工单标题")
_CONTENT: Names = (
    "content",
    "主要内容",
    "majorContent",
    "mainContent",
    "诉求内容",
    "内容",
    "case_content",
    "description",
)
_CALLED_AT: Names = (
    "called_at",
    "来电时间",
    "callTime",
    "call_time",
    "诉求时间",
    "受理时间",
    "occurred_at",
    "created_at",
)
_UPDATED_AT: Names = ("updated_at", "更新时间", "updateTime", "update_time")
_STATUS: Names = ("status", "工单状态", "orderStatus", "order_status")
_IS_TEST: Names = ("is_test", "isTest", "测试件")
_QUESTION: Names = ("question_class", "问题分类", "questionName", "questionCategory", "诉求分类")
_QUESTION_LEVELS: tuple[Names, ...] = (
    ("category_one", "categoryOne", "case_accord_type_one_name", "一级分类"),
    ("category_two", "categoryTwo", "case_accord_type_two_name", "二级分类"),
    ("category_three", "categoryThree", "case_accord_type_three_name", "三级分类"),
)
_NAME: Names = ("caller_name", "来电人", "callerName", "callUserName", "诉求人", "联系人")
_PHONE: Names = (
    "caller_phone", "来电人电话/账号", "来电人电话", "callerPhone", "callPhoneNumber", "来电号码", "callerContact",
    "contactInfo", "联系电话",
)  # fmt: skip
_SECRET: Names = ("is_secret", "是否保密", "isSecret")
_ADDRESS: Names = ("address", "事发地址", "occurrenceAddress", "address_detail", "小区点位", "spot", "addressPoints")
_DISTRICT: Names = ("district", "被反映区", "所属区县", "区县", "area_code_area")
_TOWN: Names = ("town", "被反映街乡镇", "街乡镇", "乡镇街道", "area_code_street")
_COMMUNITY: Names = ("community", "村/社区", "社区", "村社区")
_ATTRIBUTES: tuple[Names, ...] = (
    ("order_type", "工单类型", "callerType", "workOrderCategory"),
    ("channel", "处理受理方式", "受理渠道", "sourceType", "order_source"),
    ("urgency", "紧急程度", "pilotLight"),
    ("question_code", "questionCode"),
    ("tags", "标签"),
    ("assignment", "工单性质"),
    ("urges_order", "urgeOrderNum", "催办单号"),
    ("unit", "organizationName", "承办单位", "resolveDepartment"),
    ("enterprise", "企业名称"),
    ("finished_at", "办结时间"),
    ("solved", "是否解决", "visitIsSolved"),
    ("satisfied", "是否满意", "visitIsSatisfaction"),
)
_KEPT = frozenset(name for names in _ATTRIBUTES for name in names)
_CSV_HEADERS = frozenset(ORDER_ID) - {"id"}
#: Bounded: `-*` would look at a run of dashes again from each of them.
_LEVELS = re.compile(r"-{0,4}>|=>|→|＞|\|")
_MAX_QUESTION = 400
#: A title made of the content is cut at the first end of a sentence, or here.
_TITLE_FROM_CONTENT = 40
_SECRET_WORDS = frozenset({"保密", "匿名"})


def normalise_hotline(raw: RawMessage, source: Source) -> tuple[Report | Reject, ...]:
    """Every work order (工单) of the message."""
    return read_each(raw, source, _read, _CSV_HEADERS)


def _read(fields: Fields, part: int) -> Report:
    raw = fields.raw
    source_id = fields.read_id(ORDER_ID)
    content = fields.text(_CONTENT)
    title = fields.line(_TITLE) or _first_sentence(content)
    if not title:
        raise fields.missing(_TITLE, "A work order needs a title or a content.")
    district, district_name = fields.district(_DISTRICT)
    town, community = fields.line(_TOWN, 60), fields.line(_COMMUNITY, 60)
    return Report(
        feed=raw.feed,
        source_id=source_id,
        raw_id=raw.id,
        part=part,
        source=raw.source,
        occurred_at=fields.time_or_event_time(_CALLED_AT),
        received_at=raw.received_at,
        updated_at=fields.time(_UPDATED_AT),
        title=title,
        text=content,
        category_names=_question(fields),
        severity=fields.severity(("severity",)),
        point=fields.point(),
        address=one_address(district_name, town, community, fields.line(_ADDRESS, MAX_ADDRESS)),
        district=district,
        status=fields.status(_STATUS, _IS_TEST),
        petitioner=_petitioner(fields),
        attributes=fields.kept(_KEPT),
    )


def _question(fields: Fields) -> tuple[str, ...]:
    """The question class (问题分类), widest first: `A->B->C`, a list, or one field a level."""
    name, value = fields.find(_QUESTION)
    path = fields.at(name)
    if value is None:
        levels: list[Any] = [fields.line(level) for level in _QUESTION_LEVELS]
    else:
        levels = value if type(value) is list else _LEVELS.split(text_of(value, path)[:_MAX_QUESTION], 6)
    names = (clean_line(text_of(level, path), 60) for level in levels[:6])
    return tuple(name for name in names if name)


def _petitioner(fields: Fields) -> Petitioner | None:
    name, phone, secret = fields.line(_NAME, 60), fields.phone(_PHONE), fields.flag(_SECRET)
    if name in _SECRET_WORDS:
        name, secret = "", True
    if phone in _SECRET_WORDS:
        phone, secret = "", True
    return Petitioner(name=name, phone=phone, secret=secret) if name or phone or secret else None


def _first_sentence(content: str) -> str:
    return re.split(r"[。！？\n]", content.lstrip("。！？\n "), maxsplit=1)[0][:_TITLE_FROM_CONTENT].strip()
