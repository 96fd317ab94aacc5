"""Live rulebooks: what is active is read, checked, followed and replaced while the hub runs."""
