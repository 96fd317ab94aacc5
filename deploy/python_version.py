"""Says plainly when this Python is too old, before pip says it less plainly. It must run on any Python 3."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older one may well run this
    version = sys.version.split()[0]
    sys.exit("Tongguan needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.12 demo" % version)  # noqa: UP031
