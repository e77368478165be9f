// Light or dark: the reader's choice, else the system's; remembered in the browser.
import { useSyncExternalStore } from "react";
import type { Mode } from "./tokens";

const KEY = "basalt.mode";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Mode | null {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : null;
}

export function currentMode(): Mode {
  return chosen() ?? (system.matches ? "dark" : "light");
}

export function setMode(mode: Mode): void {
  localStorage.setItem(KEY, mode);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  system.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    system.removeEventListener("change", listener);
  };
}

export function useMode(): Mode {
  return useSyncExternalStore(subscribe, currentMode);
}
