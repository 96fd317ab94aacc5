"""A real Chromium looks at the real hub. It must never replace a part of the hub with a stand-in."""
