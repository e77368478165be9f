// The two palettes: the same values reach Ant Design as tokens and our own CSS as custom properties.

export type Mode = "light" | "dark";

export interface Palette {
  page: string;
  surface: string;
  sunken: string;
  line: string;
  text: string;
  muted: string;
  accent: string;
  accentSoft: string;
  danger: string;
  good: string;
}

export const palettes: Record<Mode, Palette> = {
  light: {
    page: "#f5f6f6",
    surface: "#ffffff",
    sunken: "#f0f2f2",
    line: "#e2e6e8",
    text: "#1a2126",
    muted: "#56636d",
    accent: "#0f766e",
    accentSoft: "#e2f1ef",
    danger: "#b42318",
    good: "#17693b",
  },
  dark: {
    page: "#12171a",
    surface: "#1a2025",
    sunken: "#151a1e",
    line: "#2d363d",
    text: "#e6eaec",
    muted: "#9eabb4",
    accent: "#63cbbf",
    accentSoft: "#17342f",
    danger: "#ff9d94",
    good: "#7fd6a0",
  },
};

/** Colours of series, told apart by hue and by lightness. */
export const series: Record<Mode, string[]> = {
  light: ["#0f766e", "#3b5b7a", "#c2853a", "#7d6bb0", "#a2b0b8", "#b4574c"],
  dark: ["#4fb8ac", "#7d9fc2", "#d9a35c", "#a596d6", "#6b7a84", "#d98379"],
};

export const fontFamily = [
  "Inter",
  '"SF Pro Text"',
  '"Segoe UI"',
  '"Helvetica Neue"',
  '"PingFang SC"',
  '"Microsoft YaHei"',
  '"Noto Sans CJK SC"',
  '"Noto Sans SC"',
  "sans-serif",
].join(", ");

export const monoFamily =
  'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace';
