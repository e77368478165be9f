// The psql line of a token.
import { expect, it } from "vitest";
import { psqlLine } from "./psql";

const token = {
  id: 1,
  kind: "sql" as const,
  username: "ada_x1",
  password: "a/b@c",
  expires_at: "2027-01-01T00:00:00Z",
};

it("escapes the password and reaches an open door by the page's own host", () => {
  expect(psqlLine({ ...token, address: "0.0.0.0:5433" }, "crm.example")).toBe(
    'psql "postgresql://ada_x1:a%2Fb%40c@crm.example:5433/basalt?sslmode=require"',
  );
  expect(psqlLine({ ...token, address: "127.0.0.1:15449" }, "localhost")).toContain("@127.0.0.1:15449/basalt");
});
