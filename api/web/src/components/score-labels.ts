// Names and colours of what the scoring hands out.
import type { TFunction } from "i18next";
import type { PillColour } from "./pill";

export function rfmLabel(segment: string, t: TFunction): string {
  return t(`rfm.${keyOf(segment)}`, { defaultValue: segment });
}

export function bandLabel(band: string, t: TFunction): string {
  return t(`band.${keyOf(band)}`, { defaultValue: band });
}

export function bandColour(band: string): PillColour {
  const colours: Record<string, PillColour> = {
    top: "teal",
    high: "green",
    medium: "blue",
    middle: "blue",
    low: "grey",
  };
  return colours[keyOf(band)] ?? "grey";
}

/** "Can't lose them" and "cant_lose_them" are the same. */
function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "_");
}
