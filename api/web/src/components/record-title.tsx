// A record of which only the id is known, as a link by its title.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDictionary } from "@/api/meta";
import { recordQuery } from "@/api/records";
import { titleOf } from "@/model/dictionary";

export function RecordTitle({ object: name, id }: { object: string; id: number }) {
  const object = useDictionary().byName(name);
  const record = useQuery({
    ...recordQuery(object?.resource ?? "", id, object && [object.title]),
    enabled: object !== undefined,
  }).data;
  if (!object) return <span>{`${name} ${id}`}</span>;
  return (
    <Link to="/$resource/$id" params={{ resource: object.resource, id: String(id) }}>
      {record ? titleOf(object, record) : `#${id}`}
    </Link>
  );
}
