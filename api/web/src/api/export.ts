// A list as a file: exactly its rows and columns, with the words people read as headers.
import type { ListSearch } from "@/routes/list-search";
import { client } from "./client";

export type ExportFormat = "csv" | "xlsx";

export async function exportList(resource: string, format: ExportFormat, list: ListSearch): Promise<void> {
  const { response } = await client.GET("/api/v1/{resource}/export", {
    params: {
      path: { resource },
      query: {
        format,
        filter: list.filter ? JSON.stringify(list.filter) : undefined,
        q: list.q,
        sort: list.sort,
        tag: list.tag,
        fields: list.columns?.join(","),
        labels: true,
      },
    },
    parseAs: "stream",
  });
  saveAs(await response.blob(), `${resource}.${format}`);
}

/** Hands a file to the browser's downloads. */
export function saveAs(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
