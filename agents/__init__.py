"""The streaming agents: the only place that imports faust. They carry messages; `hub` decides."""
