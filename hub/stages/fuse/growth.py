"""What a report adds to the incident it belongs to. It must never take anything away from it."""

from typing import Any

from msgspec.structs import replace

from hub.stages.fuse.likeness import exact_point
from hub.stages.fuse.words import merged
from hub.vocabulary.incidents import Incident
from hub.vocabulary.messages import LocatedReport
from hub.vocabulary.places import MAX_FUSION_RADIUS_M, distance_m


def grown(incident: Incident, located: LocatedReport, words: tuple[str, ...], *, adopt_place: bool = True) -> Incident:
    """The incident with a report's feed, words, wider span of time and worse severity, and its place if it had none."""
    report = located.report
    return replace(
        incident,
        severity=min(incident.severity, located.classification.severity),
        first_report_at=min(incident.first_report_at, report.occurred_at),
        last_report_at=max(incident.last_report_at, report.occurred_at),
        feeds=incident.feeds if report.feed in incident.feeds else (*incident.feeds, report.feed),
        words=merged(incident.words, words),
        **(_adopted(incident, located) if adopt_place else {}),
    )


def moved_away(located: LocatedReport, incident: Incident) -> dict[str, bool]:
    """In which ways a revision no longer fits its incident."""
    point = exact_point(located)
    far = (
        point is not None
        and incident.cell is not None
        and incident.point is not None
        and distance_m(point, incident.point) > MAX_FUSION_RADIUS_M
    )
    return {"family_moved": located.classification.family != incident.family, "place_moved": far}


def _adopted(incident: Incident, located: LocatedReport) -> dict[str, Any]:
    report, place = located.report, located.place
    adopted: dict[str, Any] = {}
    if incident.cell is None and exact_point(located) is not None:
        adopted["point"], adopted["cell"] = place.point, place.cell
        adopted["district"] = place.district or incident.district
        adopted["grid"] = place.grid or incident.grid
    if not incident.address_key and place.address_key:
        adopted["address_key"] = place.address_key
        adopted["address"] = report.address or incident.address
    return adopted
