// The name of a user of whom only the id is known.
import { useQuery } from "@tanstack/react-query";
import { recordQuery } from "@/api/records";

export function UserName({ id }: { id: number }) {
  const name = useQuery({ ...recordQuery("users", id, ["name"]), staleTime: 10 * 60_000 }).data?.name;
  return <span>{typeof name === "string" ? name : `#${id}`}</span>;
}
