"""The commands of `hub`, by subject. They must never hold more than the way from the command line to an edge."""
