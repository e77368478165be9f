// Changes a field or two of a record that is shown elsewhere than on its own page: refused when it was changed meanwhile.
import { body, client } from "./client";
import { recordPath } from "./resource-paths";
import type { CrmRecord } from "./types";

export type RecordPart = Pick<CrmRecord, "id" | "version">;

export async function moveRecord(
  resource: string,
  record: RecordPart,
  patch: Record<string, unknown>,
): Promise<CrmRecord> {
  const header = record.version === undefined ? {} : { "If-Match": `"${record.version}"` };
  return (await body(
    client.PATCH(recordPath(resource), { params: { path: { id: record.id }, header }, body: patch as never }),
  )) as CrmRecord;
}
