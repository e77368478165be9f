// SQL over the live tables, within the caller's rights.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import type { SqlResult } from "./types";

const LARGEST_RESULT = 1000;

async function runSql(sql: string, limit = LARGEST_RESULT): Promise<SqlResult> {
  return (await body(client.POST("/api/v1/sql", { body: { sql, limit } }))) as unknown as SqlResult;
}

export function useRunSql() {
  return useMutation({ mutationFn: (sql: string) => runSql(sql) });
}

export interface SqlTable {
  name: string;
  columns: string[];
}

/** Schemas in the order in which people need them. */
const SCHEMAS = ["mart", "crm", "history", "lake"];

export const sqlTablesQuery = queryOptions({
  queryKey: ["sql_tables"],
  staleTime: 5 * 60_000,
  queryFn: async (): Promise<SqlTable[]> => {
    const { rows } = await runSql(
      `SELECT table_schema, table_name, column_name FROM information_schema.columns
       WHERE table_schema IN ('mart', 'crm', 'history', 'lake') ORDER BY table_schema, table_name, ordinal_position`,
      10_000,
    );
    const tables = new Map<string, SqlTable>();
    for (const [schema, table, column] of rows as string[][]) {
      const name = `${schema}.${table}`;
      const known = tables.get(name) ?? { name, columns: [] };
      known.columns.push(String(column));
      tables.set(name, known);
    }
    const rank = ({ name }: SqlTable) => SCHEMAS.indexOf(name.split(".")[0] ?? "");
    return [...tables.values()].sort((a, b) => rank(a) - rank(b));
  },
});
