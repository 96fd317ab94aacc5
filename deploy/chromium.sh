#!/usr/bin/env bash
# Makes sure there is a Chromium for the browser tests: Debian's package when it is missing and we may install it.
set -euo pipefail
if command -v chromium >/dev/null || [ -n "${HUB_CHROMIUM:-}" ]; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing Chromium and a Chinese font from Debian's packages"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
  exit 0
fi
if [ -n "${CI:-}" ]; then echo "no Chromium, and it cannot be installed: not root, or no apt-get" >&2; exit 1; fi
echo "no Chromium: the browser tests will be skipped; install it (Debian: chromium fonts-noto-cjk) or set HUB_CHROMIUM" >&2
