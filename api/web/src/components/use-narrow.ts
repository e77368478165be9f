// Whether the screen is as narrow as a phone's.
import { useSyncExternalStore } from "react";

const query = window.matchMedia("(max-width: 640px)");

function subscribe(listener: () => void): () => void {
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
