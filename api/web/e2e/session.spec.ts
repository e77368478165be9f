// The door: signing in, deep links, language, signing out.
import { expect, test } from "@playwright/test";
import { callApi, expectAccessible, screenshot, signIn, signOut } from "./people";

test("a wrong password is told, and a right one leads to the page that was asked for", async ({ page }) => {
  await page.goto("/customers?q=a");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "sign-in");

  await page.getByLabel("Sign-in name").fill("analyst");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();

  await page.getByLabel("Password", { exact: true }).fill(process.env.BASALT_DEMO_PASSWORD ?? "basalt-demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/customers\?q=a/);
});

test("the language is kept for the next visit", async ({ page }) => {
  await signIn(page, "admin");
  await expect(page.getByRole("link", { name: "Customers", exact: true })).toBeVisible();
  const saved = page.waitForResponse((r) => r.url().endsWith("/session") && r.request().method() === "PATCH");
  await page.getByRole("button", { name: "中文" }).click();
  await saved;
  await expect(page.getByRole("link", { name: "客户", exact: true })).toBeVisible();

  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh");
  await expect(page.getByRole("heading", { name: /您好/ })).toBeVisible();
  await screenshot(page, "home-zh");

  const back = page.waitForResponse((r) => r.url().endsWith("/session") && r.request().method() === "PATCH");
  await page.getByRole("button", { name: "English" }).click();
  await back;
  await signOut(page);
});

test("[INTL-01] two people with different languages see labels, dates and numbers of one record in their own format", async ({
  browser,
}) => {
  const english = await (await browser.newContext()).newPage();
  await signIn(english, "admin", "/orders?sort=-amount");
  await english.getByRole("table").getByRole("link").first().click();
  await expect(english.getByRole("heading", { level: 1 })).toBeVisible();
  const address = new URL(english.url()).pathname;
  const { body } = await callApi(english, "GET", address);
  const day = new Date(`${body.ordered_on}T00:00:00Z`);
  const amount = Number((body.amount as { amount: string }).amount);
  const written = (tag: string) => ({
    day: new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeZone: "UTC" }).format(day),
    amount: new Intl.NumberFormat(tag, { minimumFractionDigits: 2 }).format(amount),
  });
  const details = english.getByRole("definition");
  await expect(english.getByText("Ordered on", { exact: true })).toBeVisible();
  await expect(details.filter({ hasText: written("en-GB").day }).first()).toBeVisible();
  await expect(details.filter({ hasText: written("en-GB").amount }).first()).toBeVisible();

  const chinese = await (await browser.newContext()).newPage();
  await signIn(chinese, "marketer", address);
  const saved = chinese.waitForResponse((r) => r.url().endsWith("/session") && r.request().method() === "PATCH");
  await chinese.getByRole("button", { name: "中文" }).click();
  await saved;
  await expect(chinese.getByText("下单日期", { exact: true })).toBeVisible();
  await expect(
    chinese
      .getByRole("definition")
      .filter({ hasText: written("zh-CN").day })
      .first(),
  ).toBeVisible();
  await expect(
    chinese
      .getByRole("definition")
      .filter({ hasText: written("zh-CN").amount })
      .first(),
  ).toBeVisible();

  await english.reload();
  await expect(english.getByText("Ordered on", { exact: true })).toBeVisible();
  await chinese.getByRole("button", { name: "English" }).click();
  await english.context().close();
  await chinese.context().close();
});
