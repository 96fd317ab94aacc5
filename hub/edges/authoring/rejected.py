"""A reject (退回件) as a short text: its reason, the field, how to send it round again. It must never show a body."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import msgspec

from hub.edges.store.rows import RejectRow
from hub.vocabulary.masking import mask
from hub.vocabulary.messages import Reject
from hub.vocabulary.phrases import Language


def rejected(reject: Reject, language: Language, *, as_json: bool) -> str:
    """A record of a message in a file that could not be understood."""
    if as_json:
        told = {"reject": reject.reason, "field": reject.field, "message": mask(reject.message)}
        return msgspec.json.encode(told).decode()
    head = "退回件，不是上报" if language == "zh" else "A reject, not a report"
    return "\n".join([head, *_why(reject, language)]) + "\n"


def stored_rejects(id: str, rejects: Sequence[RejectRow], language: Language, zone: ZoneInfo, *, as_json: bool) -> str:
    """The rejects that the hub keeps under an id; none: it knows nothing of it."""
    if as_json:
        told = [msgspec.to_builtins(row) | {"message": mask(row.message)} for row in rejects]
        return msgspec.json.encode({"id": id, "report": None, "rejects": told}).decode()
    if not rejects:
        nothing = (f"没有编号为 {id} 的上报或退回件", f"There is no report and no reject `{id}`")
        return nothing[0 if language == "zh" else 1] + "\n"
    return "\n".join(line for row in rejects for line in _lines(id, row, language, zone)) + "\n"


def _lines(id: str, row: RejectRow, language: Language, zone: ZoneInfo) -> Iterator[str]:
    at = f"{row.rejected_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    if language == "zh":
        yield f"{id} 是退回件，不是上报（{at}，原始报文 {row.raw_id} 第 {row.part} 条）"
    else:
        yield f"{id} is a reject, not a report ({at}, raw message {row.raw_id}, part {row.part})"
    yield from _why(row, language)
    if row.replayed_at is not None:
        again = f"{row.replayed_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        yield f"  已于 {again} 重新处理" if language == "zh" else f"  Sent round again at {again}"
    path = f"POST /v1/rejects/{row.raw_id}/replay"
    if language == "zh":
        yield f"  重新处理：{path}，需管理员密钥；规则改好后不带内容，或附上改好的报文"
    else:
        yield f"  To send it round again: {path} with an admin key, without a body once the rules are mended, or with"
        yield "  the mended message as its body"


def _why(reject: Reject | RejectRow, language: Language) -> Iterator[str]:
    names = ("原因", "字段", "说明") if language == "zh" else ("reason", "field", "message")
    for name, value in zip(names, (reject.reason, reject.field, mask(reject.message)), strict=True):
        if value:
            yield f"  {name}：{value}" if language == "zh" else f"  {name}: {value}"
