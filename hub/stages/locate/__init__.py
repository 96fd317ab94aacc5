"""The room that says where a report is: Report → Place, or Reject when its place cannot be true. It never raises.

Best first: the source's point, a known device, a known place in the address, an area's outline or codes, the grid code,
the district code or name, the words of the address; else no location. A point that cannot be true is a reject even when
something else would place the report, since a wrong coordinate system would otherwise go unseen.
"""

from hub.stages.locate.area import Area, area_of
from hub.stages.locate.atlas import Atlas
from hub.stages.locate.finding import Named, by_area, by_device, by_district, by_known_place, by_point, nowhere
from hub.vocabulary.messages import Reject, Report
from hub.vocabulary.places import Place

__all__ = ["Area", "Atlas", "area_of", "locate"]


def locate(report: Report, atlas: Atlas) -> Place | Reject:
    """Where a report is, with its why; a Reject names the field that cannot be true."""
    named = Named(report, atlas)
    if report.point is not None:
        found = by_point(report, report.point, named, atlas)
        if found is not None:
            return found
    return (
        by_device(report, atlas)
        or by_known_place(report, named, atlas)
        or by_area(report, atlas)
        or by_district(report, named, atlas)
        or nowhere(report, atlas)
    )
