"""Tongguan (统管): one hub that fuses a city's feeds into incidents and gives them to bureaus.

The way of one call, in the order of the code:

    bytes → edges.intake → raw_messages → edges.outbox → Kafka → agents.feeds
      understand   stages.normalise → stages.classify → stages.locate      RawMessage → LocatedReport | Reject
      one read     edges.store: the open incidents near the batch
      decide       stages.fuse → stages.route → stages.deadlines           LocatedReport → Decision
      one write    edges.store: reports, incidents, tasks, timeline, offsets, outbox
    outbox → Kafka → edges.wall → the screens

`agents` imports `hub`; `hub` never imports `agents`. Inside: edges → pipeline → stages → rulebook, ports → vocabulary.
"""

__version__ = "0.1.0"
