// Both languages say everything that is asked for, with the same placeholders.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import zh from "./zh.json";

const source = join(import.meta.dirname, "..");
const PLURAL = /_(one|other)$/;

function flat(texts: object, prefix = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") all.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text);
  }
  return all;
}

const english = flat(en);
const chinese = flat(zh);

function sources(): { file: string; text: string }[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".test.ts") && !file.endsWith("schema.d.ts"))
    .map((file) => ({ file, text: readFileSync(join(source, file), "utf8") }));
}

describe("the two languages", () => {
  it("have the same keys", () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("leave no text empty and no Chinese text in English", () => {
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe("");
      expect(text, key).not.toMatch(/\p{Script=Han}/u);
    }
    for (const [key, text] of chinese) expect(text.trim(), key).not.toBe("");
  });

  it("fill in the same placeholders", () => {
    const names = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
    const differing = [...english].filter(([key, text]) => {
      if (key.endsWith("_one")) return false;
      return names(text).join() !== names(chinese.get(key) ?? "").join();
    });
    expect(differing).toEqual([]);
  });

  it("know every key that the pages use", () => {
    const known = new Set([...english.keys()].flatMap((key) => [key, key.replace(PLURAL, "")]));
    const missing = sources().flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*(?:[\w.]+ \? )?"([^"]+)"(?: : "([^"]+)")?/g)]
        .flatMap(([, first, second]) => [first, second])
        .filter((key): key is string => key !== undefined && !known.has(key))
        .map((key) => `${file}: ${key}`),
    );
    expect(missing).toEqual([]);
  });

  it("know the family of every key that is put together", () => {
    const families = [...english.keys()];
    const missing = sources().flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)]
        .map(([, prefix]) => prefix ?? "")
        .filter((prefix) => !families.some((key) => key.startsWith(prefix)))
        .map((prefix) => `${file}: ${prefix}`),
    );
    expect(missing).toEqual([]);
  });

  it("keep no text that nothing shows", () => {
    const all = sources()
      .map(({ text }) => text)
      .join("\n");
    const prefixes = [...all.matchAll(/`([a-z][\w.]*\.)\$\{/g)].map(([, prefix]) => prefix ?? "");
    const unused = [...english.keys()]
      .map((key) => key.replace(PLURAL, ""))
      .filter((key) => !all.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)));
    expect([...new Set(unused)]).toEqual([]);
  });
});
