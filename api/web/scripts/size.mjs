// Prints the JavaScript a browser loads to open the customer list, shell included, and fails above the budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 300;
/** What the browser asks for: entry, shell, the list page, the larger of the two languages. */
const ENTRIES = ["index.html", "src/components/shell.tsx", "src/pages/record-list.tsx", "src/i18n/zh.json"];

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const files = new Set();

function collect(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the build manifest: update ENTRIES in scripts/size.mjs`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) collect(imported);
}
for (const entry of ENTRIES) collect(entry);

let total = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  customer list, gzip (budget ${BUDGET_KB} kB)`);
if (total > BUDGET_KB * 1000) process.exit(1);
