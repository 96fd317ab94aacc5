"""The words operators say aloud, as enums. It must never hold behaviour beyond order and naming."""

from enum import IntEnum, StrEnum


class Feed(StrEnum):
    """A kind of source (来源). The value is the path segment, the topic suffix and the id prefix."""

    HOTLINE = "hotline"  # 12345 热线
    GRID = "grid"  # 网格
    TRAFFIC = "traffic"  # 交通
    EMERGENCY = "emergency"  # 应急
    MEDICAL = "medical"  # 120 急救
    CITY = "city"  # 智慧城管
    VIDEO = "video"  # 视频
    OPEN311 = "open311"  # Open311


class Severity(IntEnum):
    """Level of an incident (等级), GB/T 35965 colours; a smaller number is worse."""

    I = 1  # noqa: E741  特别严重 red
    II = 2  # 严重 orange
    III = 3  # 较重 yellow
    IV = 4  # 一般 blue


class IncidentStatus(StrEnum):
    """State of an incident (事件状态)."""

    OPEN = "open"  # 待派遣
    DISPATCHED = "dispatched"  # 已派遣
    HANDLING = "handling"  # 处置中
    VERIFYING = "verifying"  # 待核查
    CLOSED = "closed"  # 已结案
    CANCELLED = "cancelled"  # 作废
    MERGED = "merged"  # 并入


#: States in which an incident can still take a report in.
LIVE_STATUSES = frozenset(
    {IncidentStatus.OPEN, IncidentStatus.DISPATCHED, IncidentStatus.HANDLING, IncidentStatus.VERIFYING}
)


class TaskStatus(StrEnum):
    """State of a task (任务状态)."""

    OFFERED = "offered"  # 待签收
    ACCEPTED = "accepted"  # 处置中
    DONE = "done"  # 已反馈
    VERIFIED = "verified"  # 核查通过
    RETURNED = "returned"  # 退单
    REWORK = "rework"  # 返工
    EXTENDED = "extended"  # 延期
    DEFERRED = "deferred"  # 挂账
    WITHDRAWN = "withdrawn"  # 撤回


class TaskRole(StrEnum):
    """A bureau's part in an incident: it leads (牵头) or assists (协办)."""

    LEAD = "lead"
    ASSIST = "assist"


class CategoryKind(StrEnum):
    """Kind of a category (类别): a code means nothing without it."""

    COMPONENT = "component"  # 部件
    EVENT = "event"  # 事件
    SERVICE = "service"  # 服务


class CoordinateSystem(StrEnum):
    """Coordinate system a source declares; stored coordinates are CGCS2000, treated as WGS 84."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class DeadlineKind(StrEnum):
    """What must have happened when a clock runs out."""

    ACCEPT = "accept"  # 签收
    RESOLVE = "resolve"  # 处置


class DeadlineBasis(StrEnum):
    """How a deadline (时限) counts."""

    URGENT_HOUR = "urgent_hour"  # 紧急工作时: runs round the clock, also off duty
    WORK_HOUR = "work_hour"  # 工作时
    WORK_DAY = "work_day"  # 工作日
    NATURAL_DAY = "natural_day"  # 自然日


class Raise(StrEnum):
    """What supervision (督办) raises, mildest first."""

    REMINDER = "reminder"  # 催办
    SUPERVISION = "supervision"  # 督办
    YELLOW = "yellow"  # 黄牌
    RED = "red"  # 红牌
    ESCALATE = "escalate"  # 上报


class Side(StrEnum):
    """On which side of a deadline a step of supervision stands."""

    BEFORE = "before"
    AFTER = "after"


class ReportStatus(StrEnum):
    """What the source itself says of its record."""

    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    TEST = "test"  # exercises and system tests: kept as a report, never an incident


class RejectReason(StrEnum):
    """Why a raw message is a reject (退回件)."""

    BAD_ENCODING = "bad_encoding"
    BAD_JSON = "bad_json"
    BAD_XML = "bad_xml"
    BAD_CSV = "bad_csv"
    FORBIDDEN_XML = "forbidden_xml"  # DTD, entity
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    UNKNOWN_FORMAT = "unknown_format"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    BAD_VALUE = "bad_value"
    BAD_TIME = "bad_time"
    TIME_IN_FUTURE = "time_in_future"
    COORDINATES_SWAPPED = "coordinates_swapped"
    OUTSIDE_CITY = "outside_city"
    UNKNOWN_SOURCE = "unknown_source"
    FAILED = "failed"  # a defect of ours: bisected out of its batch, kept for replay


class PlacePrecision(StrEnum):
    """How a place was found, best first."""

    POINT = "point"  # the source gave a point inside the city
    DEVICE = "device"  # a known camera or device
    GRID = "grid"  # unit grid cell code
    ADDRESS = "address"  # a known place in the address words
    AREA = "area"  # centre of an area, or area codes
    DISTRICT = "district"  # only the district is known
    NONE = "none"  # no location


class Stage(StrEnum):
    """The room that a reason comes from."""

    NORMALISE = "normalise"
    CLASSIFY = "classify"
    LOCATE = "locate"
    SEVERITY = "severity"
    FUSE = "fuse"
    ROUTE = "route"
    DEADLINES = "deadlines"
    MUTE = "mute"
    SUPERVISE = "supervise"
    PERCEIVE = "perceive"
    PROGRESS = "progress"


class TimelineKind(StrEnum):
    """What happened to an incident (时间线)."""

    OPENED = "opened"
    JOINED = "joined"  # a report joined
    REVISED = "revised"  # a report's new revision arrived
    SUGGESTED = "suggested"  # a likely duplicate, for the operator to decide
    SEVERITY = "severity"
    PERCEIVED = "perceived"  # a pattern saw it in something larger
    DISPATCHED = "dispatched"
    OVERDUE = "overdue"
    REMINDED = "reminded"  # 催办
    SUPERVISED = "supervised"  # 督办
    YELLOW_CARD = "yellow_card"  # 黄牌
    RED_CARD = "red_card"  # 红牌
    ESCALATED = "escalated"  # 上报领导
    MUTED = "muted"  # nobody is sent for the time being
    SOURCE_CLOSED = "source_closed"
    CANCELLED = "cancelled"
    # Moves of a task, in the order of `hub.stages.progress.table`.
    ACCEPTED = "accepted"  # 签收
    STARTED = "started"  # 开始处置
    REPORTED_BACK = "reported_back"  # 反馈
    VERIFIED = "verified"  # 核查通过
    REWORK = "rework"  # 返工
    RETURNED = "returned"  # 退单
    UPHELD = "upheld"  # 同意退单
    OVERRULED = "overruled"  # 驳回退单, 强制派遣
    REASSIGNED = "reassigned"  # 改派
    ASKED = "asked"  # 申请延期, 申请挂账
    EXTENDED = "extended"  # 同意延期
    DEFERRED = "deferred"  # 同意挂账
    REFUSED = "refused"  # 不同意延期或挂账
    RESUMED = "resumed"  # 恢复处置
    WITHDRAWN = "withdrawn"  # 撤回
    CLOSED = "closed"  # 结案
