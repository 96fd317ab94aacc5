"""A whole city folder of a few lines, to be broken one line at a time."""

FOLDER = {
    "city.yaml": """\
code: 140800
name: {zh: 运城市, en: Yuncheng}
timezone: Asia/Shanghai
bounds: [110.2, 34.5, 112.1, 35.9]
fallback_bureau: centre
bureaus:
  centre: {zh: 指挥中心, en: Centre}
  water: {zh: 节约用水中心, en: Water, district: 140802}
districts:
  140802:
    name: {zh: 盐湖区, en: Yanhu}
    bureau: centre
    words: [盐湖区, 解州镇]
  140821: {name: {zh: 临猗县, en: Linyi}, bureau: centre, words: [临猗县]}
sources:
  hotline: {feed: hotline, name: {zh: 热线, en: Hotline}, system: gcj02, timezone: Asia/Shanghai}
places:
  - {name: 关帝庙, words: [关帝庙], point: [110.855, 34.913], district: 140802}
devices:
  "14080200081326000001": {name: 路口, point: [111.01, 35.02], district: 140802}
""",
    "categories.yaml": """\
standard_ref: 清单
categories:
  burst:
    kind: event
    name: {zh: 爆管, en: Burst}
    family: water
    severity: III
    codes: [0501, {code: 06010, standard_ref: GB/T 47678.5-2026}]
    names: [爆管]
    words: {水管爆: 3}
  unclassified: {kind: event, name: {zh: 未分类, en: Unclassified}, family: unclassified, severity: IV}
""",
    "duties.yaml": """\
districts: [140802]
duties:
  burst: {lead: water, assist: [district], why: 清单 05-01}
""",
    "routing.yaml": """\
routes:
  - id: severe
    why: 严重的由中心牵头
    categories: [burst]
    severity_at_least: II
    lead: centre
""",
    "fusion.yaml": """\
fusion:
  - id: water
    why: 同一处
    families: [water]
    radius_m: 300
    window_minutes: 360
    join_at: 0.6
    suggest_at: 0.5
""",
    "severity.yaml": """\
severity:
  - {id: trapped, why: 有人被困, severity: II, words: [被困], feeds: [hotline]}
""",
    "deadlines.yaml": """\
deadlines:
  - {id: resolve, why: 五个工作日, kind: resolve, basis: work_day, amount: 5, families: [water]}
""",
    "calendar.yaml": """\
timezone: Asia/Shanghai
base: china
hours: ["08:00-12:00", "14:30-18:00"]
holidays: [2027-02-05]
""",
}


def broken(file: str, old: str, new: str) -> dict[str, str]:
    """The folder with one text replaced."""
    assert old in FOLDER[file], f"{old!r} is not in {file}"
    return {**FOLDER, file: FOLDER[file].replace(old, new, 1)}
