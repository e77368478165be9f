// How strong a cell is coloured, and the text colour that stays legible on it.
import type { CSSProperties } from "react";
import type { Mode } from "@/theme/tokens";

/** `share` from 0 to 1. */
export function heat(share: number, mode: Mode): CSSProperties {
  const even = Math.min(1, Math.max(0, share));
  // Dark text is legible up to three quarters, white text from nine tenths: the scale leaps over the gap.
  const strength = even < 0.85 ? Math.round(6 + even * 80) : Math.round(92 + (even - 0.85) * 50);
  const white = mode === "dark" || strength >= 92;
  return { "--heat": `${strength}%`, "--heat-text": white ? "#ffffff" : "#12201e" } as CSSProperties;
}
