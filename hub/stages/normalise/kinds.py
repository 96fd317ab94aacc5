"""The five kinds of traffic event of GB/T 20134-2025. Other formats are led to them; it must never hold a rule."""

from enum import StrEnum
from typing import Final


class TrafficKind(StrEnum):
    """A message set of GB/T 20134-2025; `zh` is its name."""

    ACCIDENT = "accident"
    ROAD_ABNORMALITY = "road_abnormality"
    CONTROL = "control"
    DISASTER = "disaster"
    BREAKDOWN = "breakdown"

    @property
    def zh(self) -> str:
        """The name of the set in the standard."""
        return _NAMES[self]


_NAMES: Final = {
    TrafficKind.ACCIDENT: "交通事故",
    TrafficKind.ROAD_ABNORMALITY: "道路异常",
    TrafficKind.CONTROL: "交通管制",
    TrafficKind.DISASTER: "交通灾害",
    TrafficKind.BREAKDOWN: "车辆抛锚",
}
#: Either spelling of a kind.
KIND_WORDS: Final = {kind.value: kind for kind in TrafficKind} | {name: kind for kind, name in _NAMES.items()}
