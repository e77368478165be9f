// The demo's people at the browser, and what every test wants to know of a page.
import { createHmac } from "node:crypto";
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

export type Person = "admin" | "manager.east" | "manager.south" | "sales.east" | "marketer" | "analyst";

const PASSWORD = process.env.BASALT_DEMO_PASSWORD ?? "basalt-demo";

/** Signs in by the form, with the language English, and opens `path`. */
export async function signIn(page: Page, person: Person, path = "/"): Promise<void> {
  await page.goto(`/sign-in?to=${encodeURIComponent(path)}`);
  await inEnglish(page);
  await page.getByLabel("Sign-in name").fill(person);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: /^(Menu of|.*的菜单)/ })).toBeVisible();
  await inEnglish(page);
}

/** The button names the other language. */
async function inEnglish(page: Page): Promise<void> {
  await expect(page.getByRole("button", { name: /^(English|中文)$/ })).toBeVisible();
  const english = page.getByRole("button", { name: "English" });
  if (await english.isVisible()) await english.click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Menu of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
}

/** No violation that keeps people from using the page. */
export async function expectAccessible(page: Page): Promise<void> {
  // What is fading in or out has neither its colours nor its name yet or any more.
  // (The spinner of a button may stay in its last, invisible state.)
  await expect(
    page.locator(':is([class*="-enter-active"], [class*="-leave-active"]):not(.ant-btn-loading-icon)'),
  ).toHaveCount(0);
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  const grave = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(" | ")}`);
  expect(grave).toEqual([]);
}

/** Takes what fits `text` from a list, and waits until the list has closed. */
export async function choose(combobox: Locator, text: string): Promise<void> {
  await combobox.fill(text);
  await combobox.press("Enter");
  await expect(combobox).toHaveAttribute("aria-expanded", "false");
}

/** Nothing makes the page wider than its window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = await page.evaluate(() => {
    const content = document.getElementById("content");
    return Math.max(
      document.documentElement.scrollWidth - document.documentElement.clientWidth,
      content ? content.scrollWidth - content.clientWidth : 0,
    );
  });
  expect(over).toBeLessThanOrEqual(1);
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `e2e/screenshots/${name}.png` });
}

/** Calls the API with the session of the page, as a second window of the same person would. */
export async function callApi(
  page: Page,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return page.evaluate(
    async ([verb, address, data]) => {
      const session = await (await fetch("/api/v1/session")).json();
      const response = await fetch(`/api/v1${address}`, {
        method: verb as string,
        headers: { "Content-Type": "application/json", "X-CSRF-Token": session.csrf },
        ...(data === null ? {} : { body: JSON.stringify(data) }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : {} };
    },
    [method, path, body ?? null] as const,
  );
}

/** The code of an authenticator at this moment (RFC 6238). */
export function totp(secret: string): string {
  const bits = [...secret]
    .map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const offset = (hash[hash.length - 1] ?? 0) & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
