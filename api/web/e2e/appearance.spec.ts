// Every page on a phone, in the dark and in Chinese.
import { expect, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll, screenshot, signIn } from "./people";

const PAGES = [
  "/",
  "/customers",
  "/orders",
  "/segments",
  "/campaigns",
  "/customers/new",
  "/sql",
  "/reports",
  "/access-tokens",
  "/lake",
  "/inbox",
  "/settings",
  "/recycle-bin",
  "/customers/import",
  "/tasks?as=board",
  "/orders?as=calendar",
];

test("every page fits a phone, in the dark", async ({ browser }) => {
  test.setTimeout(180_000);
  const phone = await browser.newContext({
    viewport: { width: 390, height: 844 },
    colorScheme: "dark",
    hasTouch: true,
  });
  const page = await phone.newPage();
  await signIn(page, "admin");
  for (const path of PAGES) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await screenshot(page, `phone${path.replaceAll(/[^a-z-]+/g, "-")}`);
  }
  await page.getByRole("button", { name: "Open navigation" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "Customers", exact: true }).click();
  await expect(page).toHaveURL(/\/customers/);
  await page.getByRole("table").getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await screenshot(page, "phone-customer");
  await phone.close();
});

test("an address that leads nowhere says so", async ({ page }) => {
  await signIn(page, "admin", "/no-such-thing");
  await expect(page.getByText("Nothing here")).toBeVisible();
  await page.goto("/customers/999999999");
  await expect(page.getByText("Nothing here")).toBeVisible();
});
