// Query results as CSV.
import { expect, it } from "vitest";
import { toCsv } from "./csv";

const column = (name: string) => ({ name, type: "Utf8" });

it("quotes what needs it and starts with a byte order mark", () => {
  const csv = toCsv({
    columns: [column("name"), column("note")],
    rows: [
      ["华源", 'He said "no", twice'],
      [null, "a\nb"],
    ],
  });
  expect(csv).toBe('\uFEFFname,note\r\n华源,"He said ""no"", twice"\r\n,"a\nb"\r\n');
});

it("keeps numbers and disarms formulas", () => {
  const csv = toCsv({ columns: [column("x")], rows: [["-12.5"], ["=1+1"], ["@SUM(A1)"]] });
  expect(csv).toBe("\uFEFFx\r\n-12.5\r\n'=1+1\r\n'@SUM(A1)\r\n");
});
