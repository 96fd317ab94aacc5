"""The pure rooms a report walks through. No room imports another; `hub.pipeline` knows their order."""
