// The door: signing in, deep links, language, signing out.
import { expect, test } from "@playwright/test";
import { callApi, expectAccessible, screenshot, signIn, signOut, totp } from "./people";

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

test("the mailbox asks whoever is not signed in to do so, and then opens", async ({ page }) => {
  await page.goto("/mailbox");
  await page.getByLabel("Sign-in name").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill(process.env.BASALT_DEMO_PASSWORD ?? "basalt-demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: /^Mailbox/ })).toBeVisible();
  await screenshot(page, "mailbox");
});

test("a second factor is asked for after the password", async ({ page }) => {
  await signIn(page, "manager.south");
  const enrolment = await callApi(page, "POST", "/session/totp");
  const confirmed = await callApi(page, "POST", "/session/totp/confirm", {
    code: totp(String(enrolment.body.secret)),
  });
  const [recovery] = confirmed.body.recovery_codes as string[];
  await signOut(page);

  await page.getByLabel("Sign-in name").fill("manager.south");
  await page.getByLabel("Password", { exact: true }).fill(process.env.BASALT_DEMO_PASSWORD ?? "basalt-demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  const code = page.getByLabel("Code of your authenticator");
  await expect(code).toBeFocused();
  await expectAccessible(page);
  await screenshot(page, "second-factor");
  await code.fill("000000");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("wrong");
  await code.fill(recovery ?? "");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: /^Menu of/ })).toBeVisible();
  const me = (await callApi(page, "GET", "/session")).body.user as { id: number };
  await signOut(page);

  await signIn(page, "admin");
  await callApi(page, "DELETE", `/access/users/${me.id}/totp`);
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
  // A heading that nobody has translated shows its key.
  expect(await page.getByRole("navigation").first().innerText()).not.toMatch(/^[a-z_.]+$/m);
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
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
