// Numbers, money and days in both languages.
import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCompact,
  formatDate,
  formatDuration,
  formatMoney,
  formatMonth,
  formatNumber,
  formatPercent,
  toNumber,
} from "./format";

describe("toNumber", () => {
  it("reads decimals that travel as strings, and money by its base amount", () => {
    expect(toNumber("12.50")).toBe(12.5);
    expect(toNumber({ amount: "10.00", currency: "EUR", rate: "1.1", base: "11.00" })).toBe(11);
  });

  it("takes nothing else for a number", () => {
    for (const value of ["", " ", "abc", null, undefined, Number.NaN, {}, true])
      expect(toNumber(value)).toBeUndefined();
  });
});

describe("money", () => {
  it("keeps its own currency and both decimals", () => {
    expect(formatMoney({ amount: "1234.50", currency: "USD" }, "en")).toBe("$1,234.50");
    expect(formatMoney({ amount: "1234.50", currency: "EUR" }, "en")).toBe("€1,234.50");
    expect(formatMoney({ amount: "1234.50", currency: "CNY" }, "zh")).toBe("¥1,234.50");
  });

  it("shows nothing for no amount", () => {
    expect(formatMoney(null, "en")).toBe("");
  });
});

describe("days and instants", () => {
  it("shows a calendar day as written, in any time zone", () => {
    expect(formatDate("2026-03-01", "en")).toBe("1 Mar 2026");
    expect(formatDate("2026-03-01", "zh")).toBe("2026年3月1日");
  });

  it("shows nothing for what is no day", () => {
    expect(formatDate("soon", "en")).toBe("");
    expect(formatDate(null, "zh")).toBe("");
  });

  it("names months", () => {
    expect(formatMonth("2026-03-01", "en")).toBe("Mar 26");
    expect(formatMonth("2026-03", "zh")).toBe("26年3月");
    expect(formatMonth("other", "en")).toBe("other");
  });
});

describe("figures", () => {
  it("groups thousands and shortens large numbers as each language does", () => {
    expect(formatNumber("1234567.891", "en")).toBe("1,234,567.891");
    expect(formatCompact(1_234_567, "en")).toBe("1.2m");
    expect(formatCompact(1_234_567, "zh")).toBe("123.5万");
  });

  it("writes shares as per cent", () => {
    expect(formatPercent(0.3434, "en")).toBe("34.3%");
    expect(formatPercent(undefined, "en")).toBe("");
  });

  it("chooses the unit of durations and sizes", () => {
    expect(formatDuration(182.4, "en")).toBe("182 ms");
    expect(formatDuration(2_400, "en")).toMatch(/^2\.4 secs?$/);
    expect(formatDuration(90_000, "en")).toMatch(/^1\.5 mins?$/);
    expect(formatBytes(1_500_000, "en")).toBe("1.5 MB");
  });
});
