// Fails when the client types in src/api/schema.d.ts are not those of openapi.json,
// and when openapi.json is not what the `basalt` binary prints (only if BASALT_BIN names one).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { DOCUMENT, TYPES, typesOf } from "./openapi-types.mjs";

const failures = [];
const document = JSON.parse(readFileSync(DOCUMENT, "utf8"));

const binary = process.env.BASALT_BIN;
if (binary) {
  const printed = execFileSync(binary, ["openapi"], { encoding: "utf8", maxBuffer: 64 << 20 });
  if (JSON.stringify(JSON.parse(printed)) !== JSON.stringify(document)) {
    failures.push(
      `openapi.json is not what "${binary} openapi" prints. Run: ${binary} openapi > openapi.json && npm run types`,
    );
  }
}
if ((await typesOf(document)) !== readFileSync(TYPES, "utf8")) {
  failures.push("src/api/schema.d.ts is not generated from openapi.json. Run: npm run types");
}

for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exit(1);
console.log("API types match openapi.json");
