// Builds the rules page into the folder that the web server serves. It must never make a page that asks another host.
import { defineConfig } from "vite";

export default defineConfig({
  root: "rules",
  base: "/rules/",
  build: {
    outDir: "../../hub/edges/web/static/rules",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    // The editor alone is more than the tool thinks a page should be; it comes from the same machine.
    chunkSizeWarningLimit: 900,
  },
});
