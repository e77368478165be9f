// Analysts and managers: live figures, SQL, tokens, report packs.
import { expect, test } from "@playwright/test";
import { expectAccessible, screenshot, signIn } from "./people";

test("home shows live figures, charts and the same as tables", async ({ page }) => {
  await signIn(page, "admin");
  await expect(page.getByText("Revenue this month")).toBeVisible();
  await expect(page.getByText(/^Live/)).toBeVisible();
  await expect(page.getByRole("img", { name: /Sales of \d+ months/ })).toBeVisible();
  await expect(page.getByRole("img", { name: /RFM segment/ })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "home");
  await page.getByRole("button", { name: "Sales by month and region: Show as table" }).click();
  await expect(page.getByRole("region", { name: "Sales by month and region" }).getByRole("row").nth(1)).toBeVisible();
});

test("SQL answers with rows, tells its mistakes and keeps the statement in the address", async ({ page }) => {
  await signIn(page, "analyst", "/sql");
  await page.getByRole("button", { name: "Run" }).click();
  await expect(
    page
      .getByRole("region", { name: "Query result" })
      .or(page.getByRole("region", { name: "Result" }))
      .getByRole("row")
      .nth(1),
  ).toBeVisible();
  await expect(page).toHaveURL(/query=/);
  await expectAccessible(page);
  await screenshot(page, "sql");

  await page.getByRole("textbox", { name: "SQL statement" }).fill("selekt 1");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("alert")).toBeVisible();
});

test("an SQL token shows its psql line once", async ({ page }) => {
  await signIn(page, "analyst", "/access-tokens");
  const name = `e2e ${Date.now().toString(36)}`;
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill(name);
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await expect(page.getByText(/psql "postgresql:\/\//)).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "token");
  await page.reload();
  const row = page.getByRole("row", { name: new RegExp(name) });
  await expect(row).toBeVisible();
  await expect(page.getByText(/psql "postgresql:\/\//)).toHaveCount(0);
  await row.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Revoke" }).click();
  await expect(row).toHaveCount(0);
});

test("a manager takes a report pack as PDF, XLSX and HTML and finds what was sent", async ({ page }) => {
  await signIn(page, "manager.east", "/reports");
  const kinds = { PDF: "application/pdf", XLSX: "spreadsheetml", HTML: "text/html" };
  for (const [name, type] of Object.entries(kinds)) {
    const address = await page.getByRole("link", { name, exact: true }).first().getAttribute("href");
    const file = await page.request.get(address ?? "");
    expect(file.status()).toBe(200);
    expect(file.headers()["content-type"]).toContain(type);
    expect((await file.body()).length).toBeGreaterThan(1000);
  }
  await expect(page.getByRole("region", { name: "Sent reports" }).getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "reports");
});
