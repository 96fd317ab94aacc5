"""The words of a report, folded for comparison. It must never keep a number that could name a person."""

import re
import unicodedata
from functools import lru_cache

import rjieba

from hub.vocabulary.incidents import MAX_INCIDENT_WORDS
from hub.vocabulary.messages import Report

#: Text read for words; what comes later in a long text is procedure, not the matter.
_TEXT_READ = 300
#: Digits in a row from which a number may be a phone, an identity or an order number.
_TELLING_DIGITS = 6

#: Words of city matters that the segmenter's own counts would cut elsewhere: 路面积水 is no 面积 (area).
_MATTERS = (
    "路面 积水 路灯 不亮 不热 占道 污水 外溢 停水 停电 停气 停暖 漏水 漏气 井盖 窨井盖 塌陷 扰民 油烟 自来水 管道 水管 "
    "爆管 破损 树木 倒伏 消防栓 红绿灯 信号灯 护栏 垃圾 堆放 噪音 噪声 黑臭 扬尘 违建 网格员 下水道 雨水 内涝"
).split()
#: How often a matter word counts as seen, against the segmenter's own counts.
_MATTER_COUNT = 20_000

_HAN = re.compile(r"[\u3400-\u9fff]")
#: Characters in Chinese text that have a plainer form; normalising costs more than all the rest and is rarely needed.
_FOLDS = re.compile(r"[\u0300-\u036f\u2100-\u218f\u2460-\u24ff\u3200-\u33ff\uf900-\ufaff\uff10-\uff9f]")
_LATIN_WORD = re.compile(r"[^\W_]+")

#: Words that every report has and that tell no two apart.
_EMPTY = frozenset(
    "的 了 在 是 有 和 与 及 就 都 也 很 被 把 对 从 到 于 等 请 我 您 你 他 她 它 这 那 该 个 来 去 上 下 中 内 "
    "不 没 没有 无 可以 现在 已经 一个 一直 目前 反映 来电 来电人 市民 群众 诉求 希望 要求 尽快 处理 解决 核实 部门 "
    "相关 有关 问题 情况 表示 称 谢谢 您好 你好 "
    "a an and are as at be been but by can for from has have he her his i in is it its me my no not of on or our "
    "please she so some that the their them there they this to up us was we were will with would you your".split()
)


def words_of(report: Report) -> tuple[str, ...]:
    """Title and text as words, each once, in order of appearance."""
    return _fold(report.title, report.text[:_TEXT_READ])


def merged(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an incident after another report; the first ones stay, so its matter does not drift away."""
    if len(known) >= MAX_INCIDENT_WORDS:
        return known
    return tuple(dict.fromkeys(known + more))[:MAX_INCIDENT_WORDS]


@lru_cache(maxsize=8192)
def _fold(title: str, text: str) -> tuple[str, ...]:
    told = f"{title} {text}".casefold()
    chinese = _HAN.search(told)
    if not chinese or _FOLDS.search(told):
        told = unicodedata.normalize("NFKC", told)
    tokens = _segmenter().cut(told) if chinese else _LATIN_WORD.findall(told)
    speaking = (
        token
        for token in tokens
        if token not in _EMPTY and token[0].isalnum() and (len(token) < _TELLING_DIGITS or not _tells(token))
    )
    return tuple(dict.fromkeys(speaking))[:MAX_INCIDENT_WORDS]


@lru_cache(maxsize=1)
def _segmenter() -> rjieba.Jieba:
    """A segmenter of our own, so that nobody else's words change it; made once, at the first Chinese text."""
    segmenter = rjieba.Jieba()
    for word in _MATTERS:
        segmenter.add_word(word, _MATTER_COUNT, "n")
    return segmenter


def _tells(token: str) -> bool:
    """Whether a word holds a number that may name a person."""
    return sum(map(str.isdigit, token)) >= _TELLING_DIGITS
