// The psql command of an SQL token.
import type { AccessTokenSecret } from "@/api/types";

/** A door that listens on all addresses is reached by the name of this page's server. */
export function psqlLine({ username, password, address }: AccessTokenSecret, host: string): string {
  const [, door = "", port = "5433"] = /^(.*):(\d+)$/.exec(address ?? "") ?? [];
  const name = ["", "0.0.0.0", "[::]"].includes(door) ? host : door;
  const part = encodeURIComponent;
  return `psql "postgresql://${part(username ?? "")}:${part(password ?? "")}@${name}:${port}/basalt?sslmode=require"`;
}
