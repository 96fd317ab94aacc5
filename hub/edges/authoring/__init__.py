"""What a rule author works with: check, cases, explain. It must never change a rule or decide for the hub."""
