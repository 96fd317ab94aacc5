"""Reads mutes.yaml: what is held back, for how long, and who answers for it. It must never read a file or a clock."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.rulebook.condition_subjects import STANDING_VARIABLES
from hub.rulebook.conditions import read_condition
from hub.rulebook.mute_rules import MuteRule
from hub.rulebook.read_city import point
from hub.rulebook.read_rules import Known, each_rule, feed_set, reference_set
from hub.rulebook.yaml_nodes import Item, did_you_mean
from hub.vocabulary.terms import Severity

#: What a mute is about; one that names none of these could silence a whole city, whatever its `when` says.
CONDITIONS = ("categories", "families", "districts", "feeds", "near")
#: Range of the radius around `near`.
MUTE_RADIUS_M = (1.0, 50_000.0)
_OPTIONAL = (*CONDITIONS, "from", "within_m", "severity_at_most", "when")
_REQUIRED = ("owner", "until")
#: Written like an id, so it has to be one.
_LIKE_AN_ID = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_TIME = "a time of the city with its date, such as 2026-03-03 18:00"
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def read_mutes(root: Item, known: Known, roles: Collection[str], zone: ZoneInfo) -> tuple[MuteRule, ...]:
    """The mutes in their order. `roles` are the people and posts that `escalation.yaml` names."""
    owners = (*(bureau for bureau in known.bureaus if bureau != "district"), *roles)
    found = []
    for entry, fields, identity, why in each_rule(root, "mutes", _OPTIONAL, _REQUIRED):
        if not any(condition in fields for condition in CONDITIONS):
            entry.error("a mute needs at least one of " + ", ".join(CONDITIONS))
        if ("near" in fields) != ("within_m" in fields):
            entry.error("`near` and `within_m` go together: a point, and the metres around it")
        since = _time(fields["from"], zone) if "from" in fields else None
        until = _time(fields["until"], zone) if "until" in fields else None
        if since is not None and until is not None and since >= until:
            fields["until"].error("a mute must end after it begins")
        found.append(
            MuteRule(
                id=identity,
                why=why,
                owner=_owner(fields["owner"], owners, known) if "owner" in fields else "",
                until=until or _NEVER,
                since=since,
                categories=reference_set(fields.get("categories"), known.categories, "category"),
                families=reference_set(fields.get("families"), known.families, "family"),
                districts=reference_set(fields.get("districts"), known.districts, "district"),
                feeds=feed_set(fields.get("feeds")),
                near=point(fields["near"]) if "near" in fields else None,
                within_m=fields["within_m"].number(*MUTE_RADIUS_M) if "within_m" in fields else 0.0,
                severity_at_most=_mildest(fields.get("severity_at_most")),
                when=read_condition(fields.get("when"), STANDING_VARIABLES, known.words),
            )
        )
    return tuple(found)


def _time(item: Item, zone: ZoneInfo) -> datetime | None:
    text = item.text()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    # A bare date could mean its first moment or its last.
    if at is None or ":" not in text:
        if text:
            item.error(f"`{text}` is no time with a date", _TIME)
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _owner(item: Item, owners: Collection[str], known: Known) -> str:
    owner = item.text(60)
    # Without a city that can be read, no bureau is known and its own error says enough.
    if known.bureaus and _LIKE_AN_ID.fullmatch(owner) and owner not in owners:
        item.error(
            f"no bureau and no role `{owner}`{did_you_mean(owner, owners)}",
            "the id of a bureau in city.yaml, of a role in escalation.yaml, or a person's name",
        )
    return owner


def _mildest(item: Item | None) -> Severity:
    if item is None:
        return Severity.III
    level = item.level(Severity)
    if level is Severity.I:
        item.error("what is of severity I is never muted", "II, III or IV: the worst severity that it covers")
        return Severity.III
    return level
