"""JSON Schema of tasks.yaml. It must never refuse what the reader takes."""

from collections.abc import Mapping

from hub.rulebook.shape import NAME, Shape, list_shape, map_shape, number_shape, object_shape, words_shape
from hub.rulebook.task_rules import APPROVERS, DAYS, HAND_BACKS, RETURN_LIMIT
from hub.vocabulary.moves import ActorRole
from hub.vocabulary.terms import DeadlineBasis

_AT_MOST = {"type": "integer", "minimum": HAND_BACKS[0], "maximum": HAND_BACKS[1], "description": "次数上限"}
_APPROVAL = list_shape(
    "审批 who approves how much, lowest role and shortest length first",
    object_shape(
        "",
        {
            "role": {"enum": [role.value for role in APPROVERS], "description": "审批岗位"},
            "up_to_days": number_shape("工作日", *DAYS),
        },
    ),
    1,
)
_VERIFIERS = {
    **words_shape("核查岗位", ActorRole),
    "enum": [role.value for role in ActorRole if role is not ActorRole.CLERK],
}

#: The schemas by the name of the file.
TASK_FILES: Mapping[str, Shape] = {
    "tasks": object_shape(
        "任务流转",
        {},
        {
            "returns": object_shape(
                "退单",
                {},
                {
                    "within": object_shape(
                        "退单期限 from the offer on",
                        {
                            "basis": words_shape("紧急工作时, 工作时, 工作日, 自然日", DeadlineBasis),
                            "amount": number_shape("how many of them", *RETURN_LIMIT),
                        },
                    ),
                    "at_most": {**_AT_MOST, "description": "次数上限 of one incident, over all its bureaus"},
                    "reasons": {**map_shape("退单理由 by a code of your own", NAME), "minProperties": 1},
                },
            ),
            "verifiers": list_shape("核查 who may verify and order rework", _VERIFIERS, 1),
            "extensions": object_shape("延期", {}, {"at_most": _AT_MOST, "approval": _APPROVAL}),
            "deferrals": object_shape("挂账", {}, {"at_most": _AT_MOST, "approval": _APPROVAL}),
        },
    )
}
