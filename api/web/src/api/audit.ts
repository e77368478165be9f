// The history of a record.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import { auditPath } from "./resource-paths";

export interface AuditChange {
  field: string;
  old: unknown;
  new: unknown;
}

export interface AuditEntry {
  id: number;
  at: string;
  /** `create`, `update`, `delete` or `restore`. */
  op: string;
  actor_name?: string | null;
  changes: AuditChange[];
}

export function auditQuery(resource: string, id: number) {
  return queryOptions({
    queryKey: ["records", resource, "audit", id],
    queryFn: async () => {
      const answer = await body(client.GET(auditPath(resource), { params: { path: { id } } }));
      return answer.items as unknown as AuditEntry[];
    },
  });
}
