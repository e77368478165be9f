// Live updates: the server tells over SSE which records changed; what shows them is read again.
import { useEffect } from "react";
import type { Dictionary } from "@/model/dictionary";
import { queryClient } from "./query-client";

const QUIET_MS = 400;

export function useLiveUpdates(dictionary: Dictionary): void {
  useEffect(() => {
    const source = new EventSource("/api/v1/events");
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const refresh = () => {
      timer = undefined;
      for (const resource of changed) void queryClient.invalidateQueries({ queryKey: ["records", resource] });
      void queryClient.invalidateQueries({ queryKey: ["dashboard"] });
      changed.clear();
    };
    const listen = (event: MessageEvent<string>) => {
      const resource = resourceOf(event.data, dictionary);
      if (resource) changed.add(resource);
      timer ??= setTimeout(refresh, QUIET_MS);
    };
    source.onmessage = listen;
    for (const kind of ["record", "job"]) source.addEventListener(kind, listen);
    source.addEventListener("missed", () => void queryClient.invalidateQueries());
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [dictionary]);
}

function resourceOf(data: string, dictionary: Dictionary): string | undefined {
  try {
    const event = JSON.parse(data) as { resource?: string; job?: string };
    return event.resource ?? (event.job ? dictionary.byName(event.job)?.resource : undefined);
  } catch {
    return undefined;
  }
}
