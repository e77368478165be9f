// The state of a record beside its title, if its object has one.
import type { CrmRecord, MetaObject } from "@/api/types";
import { fieldOf } from "@/model/dictionary";
import { FieldValue } from "./field-value";

const STATES = ["status", "state", "level"];

export function RecordState({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const field = STATES.map((name) => fieldOf(object, name)).find((known) => known !== undefined);
  return field ? <FieldValue field={field} record={record} /> : null;
}
