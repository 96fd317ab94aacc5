"""Every noun of the hub, once: frozen msgspec Structs and enums. It must never import more than stdlib and msgspec."""
