// Build and development server of the browser application; /api is passed on to a running Basalt.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.BASALT_URL ?? "http://127.0.0.1:8420";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": server, "/mailbox": server } },
  build: { manifest: true, target: "es2023", chunkSizeWarningLimit: 900 },
});
