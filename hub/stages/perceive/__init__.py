"""Perceive (感知): does a report make a pattern come true? It must never change an incident, read a clock or a store.

Enters: a located report, the incident it went to, and what patterns remember around it. Leaves: `Finding`s, each with
its why, and what is to be remembered. Times are those at which things happened, never those at which they were heard
of, so late and repeated reports change nothing that is decided. A report counts for one firing of a pattern only, and
a firing is named after the earliest report in it: deciding again finds the same one.
"""

from hub.stages.perceive.findings import Finding, FindingKind
from hub.stages.perceive.looking import concerns, looks, roles_of, unmet_conditions
from hub.stages.perceive.memory import Memory
from hub.stages.perceive.silences import Heard, Patience, listen
from hub.stages.perceive.watching import perceive

__all__ = [
    "Finding",
    "FindingKind",
    "Heard",
    "Memory",
    "Patience",
    "concerns",
    "listen",
    "looks",
    "perceive",
    "roles_of",
    "unmet_conditions",
]
