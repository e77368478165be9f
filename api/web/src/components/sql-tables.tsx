// The tables that SQL may ask, with their columns; read from the engine's own catalogue.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sqlTablesQuery } from "@/api/sql";
import { Bones } from "./bones";
import { problemText } from "./problem-notice";

export function SqlTables() {
  const { t } = useTranslation();
  const tables = useQuery(sqlTablesQuery);
  if (tables.isPending) return <Bones lines={8} />;
  if (tables.isError) return <p className="muted">{problemText(tables.error, t)}</p>;
  return tables.data.map(({ name, columns }) => (
    <details key={name}>
      <summary>
        <code>{name}</code>
      </summary>
      <ul>
        {columns.map((column) => (
          <li key={column}>
            <code>{column}</code>
          </li>
        ))}
      </ul>
    </details>
  ));
}
