"""Writes the storm warning as XML: the national form (not CAP) for the city, CAP 1.2 for a district. It must never be
sent to a real warning system."""

from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from hub.edges.simulate.telling import Telling
from hub.rulebook.book import City

#: Rainstorm (暴雨) in GB/T 34283.
_EVENT_TYPE = "11B03"


def write_warning(telling: Telling, written: datetime, city: City) -> bytes:
    """An `alert` of the national warning format; a closed telling lifts (解除) the warning it names."""
    lifts = telling.stage == "closed"
    stamp = written.strftime("%Y-%m-%d %H:%M:%S") + _offset(written)
    headline = telling.title.replace("发布", "解除") if lifts else telling.title
    said = "降雨已减弱，解除暴雨橙色预警。" if lifts else telling.text
    sender = f"{city.name.zh}气象局"
    info = "".join(
        (
            "<info><language>zh-CN</language>",
            _element("eventType", _EVENT_TYPE),
            "<urgency>Immediate</urgency><severity>Orange</severity><certainty>Likely</certainty>",
            _element("effective", stamp),
            "<onset/><expires/>",
            _element("senderName", f"{city.name.zh}气象台"),
            _element("headline", headline),
            _element("description", said),
            "<instruction/><web/>",
            f"<area>{_element('areaDesc', city.name.zh)}<polygon/><circle/>",
            _element("geocode", f"{city.code}000000"),
            "</area></info>",
        )
    )
    document = "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n<alert>',
            _element("identifier", f"{telling.source_id}-2" if lifts else telling.source_id),
            _element("sender", sender),
            _element("senderCode", f"{city.code}41600000"),
            _element("sendTime", stamp),
            "<status>Actual</status>",
            _element("msgType", "Cancel" if lifts else "Alert"),
            "<scope>Public</scope><secClassification>None</secClassification><note/>",
            _element("references", telling.source_id if lifts else ""),
            info,
            "</alert>\n",
        )
    )
    return document.encode()


def write_cap(telling: Telling, written: datetime, city: City) -> bytes:
    """A CAP 1.2 alert for the telling's district."""
    sent = written.isoformat(timespec="seconds")
    expires = (written + timedelta(hours=6)).isoformat(timespec="seconds")
    geocode = "".join((_element("valueName", "GB/T 2260"), _element("value", telling.spot.district)))
    info = "".join(
        (
            "<info><language>zh-CN</language><category>Met</category><event>暴雨</event>",
            "<responseType>Prepare</responseType><urgency>Expected</urgency>",
            "<severity>Severe</severity><certainty>Likely</certainty>",
            _element("expires", expires),
            _element("senderName", f"{telling.spot.district_name}气象台"),
            _element("headline", telling.title),
            _element("description", telling.text),
            f"<area>{_element('areaDesc', telling.spot.district_name)}<geocode>{geocode}</geocode></area></info>",
        )
    )
    document = "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">',
            _element("identifier", telling.source_id),
            _element("sender", f"qx@{city.code}.example"),
            _element("sent", sent),
            "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>",
            info,
            "</alert>\n",
        )
    )
    return document.encode()


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _offset(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")[-6:]
