// Builds the screens into the folder that the web server serves. It must never make a page that asks another host.
import { defineConfig } from "vite";

export default defineConfig({
  root: "wall",
  base: "./",
  build: {
    outDir: "../../hub/edges/web/static/wall",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
  },
});
