"""Says plainly when this Python is too old, before pip says it less plainly."""

import sys

if sys.version_info < (3, 11):
    sys.exit(f"Tongguan needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try `make PYTHON=python3.12 demo`.")
