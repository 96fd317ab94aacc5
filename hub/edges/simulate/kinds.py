"""The kinds of happening the simulated city knows, and how people put them. It must never know a payload format."""

from typing import Literal

import msgspec

from hub.vocabulary.terms import CategoryKind, Feed, Severity

#: Shape of a kind over the day.
Rhythm = Literal["day", "rush", "night", "flat", "evening"]

_KIND_LETTERS = {"C": CategoryKind.COMPONENT, "E": CategoryKind.EVENT, "S": CategoryKind.SERVICE}


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind: its code in the city's duty list, its path in the hotline's table, and the words used of it."""

    key: str
    kind: CategoryKind
    #: 大类 + 小类 of the city's own standard; empty where it has none.
    code: str
    #: (大类, 小类) as the city management platform names it.
    names: tuple[str, str]
    #: The hotline's own path (问题分类).
    path: tuple[str, str, str]
    #: Who tells of it, and how often relative to one another.
    feeds: dict[Feed, float]
    #: Share of the background of a day; 0: only scenes bring it about.
    weight: float
    rhythm: Rhythm
    severity: Severity
    titles: tuple[str, ...]
    texts: tuple[str, ...]


def _kind(key: str, code: str, names: str, path: str, feeds: str, weight: float, rhythm: Rhythm, severity: Severity,
          titles: str, texts: str) -> Kind:  # fmt: skip
    """A row of the table: `code` starts with C (component), E (event) or S (service); lists are split at `|`."""
    large, small = names.split("/")
    one, two, three = path.split("/")
    shares = (share.split(":") for share in feeds.split())
    return Kind(
        key=key,
        kind=_KIND_LETTERS[code[0]],
        code=code[1:],
        names=(large, small),
        path=(one, two, three),
        feeds={Feed(name): float(share) for name, share in shares},
        weight=weight,
        rhythm=rhythm,
        severity=severity,
        titles=tuple(titles.split("|")),
        texts=tuple(texts.split("|")),
    )


_ROWS = (
    _kind("burst_main", "E0501", "突发事件/供水管道破裂", "城市管理/供水/供水管道破裂",
          "hotline:6 grid:2 video:1 city:1", 0, "flat", Severity.II,
          "自来水管爆裂，大量漏水|供水主管道爆管，路面全是水|供水管道破裂|自来水管爆了，水往外喷",
          "{address}自来水主管道破裂，水喷得很高，路面积水已没过脚面，请尽快抢修。|"
          "{address}地下自来水管爆了，水一直往外冒，行人车辆无法通过。|"
          "来电人反映{address}供水管道爆裂，大量自来水外溢，周边小区水压下降。|"
          "{address}路面突然冒水，应该是自来水管爆管，已经流到人行道上了。"),
    _kind("flooding", "E0506", "突发事件/道路积水", "城市管理/排水/道路积水",
          "hotline:5 grid:3 video:2 city:1 traffic:1", 0, "flat", Severity.II,
          "道路积水严重|路面积水，车辆熄火|暴雨积水，无法通行|下穿路段积水",
          "{address}积水很深，有车辆熄火被困，请派人排水。|{address}暴雨后路面积水约三十厘米，排不下去。|"
          "{address}道路积水，雨水倒灌进沿街商铺。|{address}内涝，积水没过路沿石，行人无法通过。"),
    _kind("accident", "S0201", "交通/交通事故", "交通出行/道路交通/交通事故",
          "traffic:5 medical:2 video:1 hotline:1", 3.2, "rush", Severity.III,
          "两车追尾|交通事故，占用车道|车辆碰撞|电动车与轿车相撞",
          "{address}发生交通事故，占用一条车道，后方车辆排队。|{address}两车相撞，有人受伤。|"
          "{address}电动车与小轿车碰撞，现场需要疏导。"),
    _kind("congestion", "S0202", "交通/交通拥堵", "交通出行/道路交通/交通拥堵",
          "traffic:1", 9, "rush", Severity.IV,
          "车流量大，行驶缓慢|路口拥堵|早晚高峰排队",
          "{address}车流量大，排队约三百米。|{address}通行缓慢，请绕行。"),
    _kind("roadwork", "S0203", "交通/道路施工", "交通出行/道路交通/道路施工",
          "traffic:1", 1.5, "day", Severity.IV,
          "道路施工，封闭一条车道|管网改造施工|路面养护作业",
          "{address}道路养护施工，封闭最右侧车道，预计三日后恢复。|{address}管网改造施工，请减速慢行。"),
    _kind("sudden_illness", "S0301", "医疗/急救出车", "卫生健康/急救/突发疾病",
          "medical:1", 7, "flat", Severity.IV,
          "突发疾病|胸闷气短|老人摔倒|意识不清",
          "{address}一名患者需要急救，已派车。|{address}老人摔倒，不能自行站立。"),
    _kind("garbage", "E0110", "市容环境/暴露生活垃圾", "城市管理/市容环境/暴露垃圾",
          "hotline:3 grid:6 city:6 video:2", 16, "day", Severity.IV,
          "暴露生活垃圾|垃圾无人清运|路边垃圾堆积|垃圾成堆有异味",
          "{address}有一堆暴露生活垃圾，气味难闻，请清理。|{address}垃圾两天没有清运，苍蝇很多。|"
          "{address}发现暴露垃圾约两平方米。"),
    _kind("dirty_road", "E0112", "市容环境/道路不洁", "城市管理/市容环境/道路不洁",
          "grid:4 city:5 hotline:1", 7, "day", Severity.IV,
          "道路不洁|路面有泥土|路面油污",
          "{address}路面不洁，有泥土和落叶。|{address}路面大片油污，容易打滑。"),
    _kind("road_damage", "E0113", "市容环境/道路破损", "城市管理/市政设施/道路破损",
          "hotline:4 grid:3 city:4", 6, "day", Severity.IV,
          "道路破损|路面坑洼|路上有个大坑",
          "{address}路面破损，有一个约半米的坑，骑车容易摔倒。|{address}沥青路面坑洼不平，希望修补。"),
    _kind("manhole", "C0102", "公用设施/污水井盖", "城市管理/市政设施/井盖缺失",
          "hotline:3 grid:4 city:3 video:1", 4, "day", Severity.III,
          "井盖缺失|污水井盖破损|井盖移位",
          "{address}污水井盖不见了，非常危险，请立即处理。|{address}井盖破损松动，车轧过有响声。"),
    _kind("lamp", "C0137", "公用设施/路灯", "城市管理/市政设施/路灯不亮",
          "hotline:5 grid:3 city:3", 8, "evening", Severity.IV,
          "路灯不亮|路灯损坏|整条路路灯不亮",
          "{address}路灯不亮，晚上出行不便。|{address}附近三盏路灯损坏，请维修。"),
    _kind("noise", "E0128", "市容环境/商业噪音", "生态环境/噪声污染/商业噪音",
          "hotline:6 city:1", 7, "evening", Severity.IV,
          "商业噪音扰民|店铺外放音响|广场舞噪音扰民",
          "{address}商铺外放音响声音很大，影响休息。|{address}晚上音响噪音扰民，多次反映没有改善。"),
    _kind("site_noise", "E0301", "施工管理/施工扰民", "生态环境/噪声污染/施工噪音",
          "hotline:6 grid:1 city:1", 5, "night", Severity.IV,
          "夜间施工扰民|工地噪音|半夜施工",
          "{address}工地夜间施工，噪音很大无法入睡。|{address}凌晨还在施工，请制止。"),
    _kind("parking", "E0410", "街面秩序/非机动车乱停放", "城市管理/街面秩序/车辆乱停放",
          "hotline:3 grid:4 city:5 video:2", 10, "day", Severity.IV,
          "非机动车乱停放|电动车占用人行道|车辆乱停乱放",
          "{address}电动车乱停放，占用人行道和盲道。|{address}非机动车乱停放十余辆，影响通行。"),
    _kind("stall", "E0401", "街面秩序/无照经营游商", "城市管理/街面秩序/占道经营",
          "hotline:2 grid:4 city:6 video:3", 10, "evening", Severity.IV,
          "无照经营游商|流动摊贩占道|店外经营",
          "{address}流动摊贩占道经营，留下垃圾。|{address}游商占道，影响行人通行。"),
    _kind("tree", "C0402", "园林绿化设施/行道树", "城市管理/园林绿化/行道树",
          "hotline:3 grid:3 city:3", 3, "day", Severity.IV,
          "行道树倒伏|树枝断落|树枝遮挡路灯",
          "{address}行道树倾斜，有倒下的危险。|{address}树枝折断掉在路上，请清理。"),
    _kind("cable", "E0508", "突发事件/架空线缆脱落", "城市管理/市政设施/线缆脱落",
          "hotline:3 grid:2 city:2", 2, "day", Severity.III,
          "线缆脱落|通信线垂落路面",
          "{address}一根线缆掉落在路上，不知是否带电。|{address}架空线缆垂落，影响车辆通行。"),
    _kind("illegal_building", "E0101", "市容环境/私搭乱建", "城乡建设/违法建设/私搭乱建",
          "hotline:4 grid:2 city:2", 3, "day", Severity.IV,
          "私搭乱建|楼顶违规搭建",
          "{address}有人在楼顶私搭彩钢房，请查处。|{address}一楼住户私自搭建，占用公共绿地。"),
    _kind("no_water", "S0101", "民生服务/停水", "城市管理/供水/停水",
          "hotline:1", 2, "day", Severity.IV,
          "小区停水|家里没有水|水压太低",
          "{address}从早上开始停水，没有接到通知，请问什么时候恢复？|{address}水压很低，高层用不上水。"),
    _kind("consultation", "S0102", "民生服务/政策咨询", "社会保障/养老保险/政策咨询",
          "hotline:1", 8, "day", Severity.IV,
          "咨询养老保险转移|咨询公积金提取|咨询入学政策|咨询高龄补贴",
          "来电人咨询相关政策和办理材料，请{district}有关部门答复。|来电人询问办理地点和时间，居住在{address}。"),
    _kind("fire", "S0401", "事故灾难/火灾", "应急/消防/火灾",
          "emergency:3 video:2 hotline:1", 0.4, "flat", Severity.II,
          "居民楼起火|杂物起火冒烟|商铺着火",
          "{address}杂物起火，有明火和浓烟。|{address}商铺着火，消防已出动。"),
    _kind("rainstorm", "S0402", "气象灾害/暴雨", "应急/气象/暴雨预警",
          "emergency:1", 0, "flat", Severity.II, "暴雨橙色预警", "{address}暴雨橙色预警"),
)  # fmt: skip

#: Every kind by its key.
KINDS = {row.key: row for row in _ROWS}

#: Kinds that make up the background, those that no scene brings.
BACKGROUND = tuple(row for row in _ROWS if row.weight > 0)
