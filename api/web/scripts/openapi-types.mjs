// Client types from openapi.json. Run as a script it writes src/api/schema.d.ts.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

export const DOCUMENT = new URL("../openapi.json", import.meta.url);
export const TYPES = new URL("../src/api/schema.d.ts", import.meta.url);

/** The types of a document. Operations are told by path and method, so their ids are left out. */
export async function typesOf(document) {
  const plain = structuredClone(document);
  for (const item of Object.values(plain.paths)) {
    for (const operation of Object.values(item)) delete operation?.operationId;
  }
  const nodes = await openapiTS(plain, { emptyObjectsUnknown: true });
  return `// Generated from openapi.json by \`npm run types\`; not to be changed by hand.\n\n${astToString(nodes)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(TYPES, await typesOf(JSON.parse(readFileSync(DOCUMENT, "utf8"))));
}
