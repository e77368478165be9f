// A short coloured label for states and choices, legible in both modes.
import type { ReactNode } from "react";
import styles from "./pill.module.css";

export type PillColour = "grey" | "green" | "blue" | "gold" | "red" | "purple" | "teal";

/** The dictionary may name colours by other words. */
const synonyms: Record<string, PillColour> = {
  gray: "grey",
  default: "grey",
  slate: "grey",
  silver: "grey",
  orange: "gold",
  yellow: "gold",
  amber: "gold",
  bronze: "gold",
  cyan: "teal",
  geekblue: "blue",
  indigo: "blue",
  violet: "purple",
  magenta: "red",
  pink: "red",
  volcano: "red",
  lime: "green",
};

export function pillColour(name: string | null | undefined): PillColour {
  if (!name) return "grey";
  return name in styles ? (name as PillColour) : (synonyms[name] ?? "grey");
}

export function Pill({ colour, children }: { colour?: string | null; children: ReactNode }) {
  return <span className={`${styles.pill} ${styles[pillColour(colour)]}`}>{children}</span>;
}
