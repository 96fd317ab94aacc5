"""All IO of the hub, thin: the rules are elsewhere."""
