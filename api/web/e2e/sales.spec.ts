// A salesperson's day: find, create, change, take payment.
import { expect, test } from "@playwright/test";
import { callApi, expectAccessible, screenshot, signIn } from "./people";

const STAMP = Date.now().toString(36).toUpperCase();

test.describe.configure({ mode: "serial" });

test("the customer list is filtered, sorted and shared by its address", async ({ page }) => {
  await signIn(page, "sales.east", "/customers");
  const table = page.getByRole("table");
  await expect(table.getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "customers");

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("combobox", { name: "Field" }).fill("Level");
  await page.getByRole("combobox", { name: "Field" }).press("Enter");
  await page.getByRole("combobox", { name: "Value" }).fill("B");
  await page.getByRole("combobox", { name: "Value" }).press("Enter");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("button", { name: "Level is one of B", exact: true })).toBeVisible();

  await page.getByRole("columnheader", { name: "Customer code" }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: "Customer code" })).toHaveAttribute("aria-sort", "ascending");
  await expect(page).toHaveURL(/filter=.*level.*sort=code/);

  const first = await table.getByRole("row").nth(1).innerText();
  await page.reload();
  await expect(table.getByRole("row").nth(1)).toHaveText(first.replaceAll("\n", ""), { useInnerText: false });
  await expect(page.getByRole("columnheader", { name: "Customer code" })).toHaveAttribute("aria-sort", "ascending");
});

test("the list reads on as one scrolls", async ({ page }) => {
  await signIn(page, "admin", "/customers?sort=code");
  const list = page.getByRole("region", { name: "Customers" });
  await expect(list.getByRole("row").nth(1)).toBeVisible();
  const last = () =>
    list
      .getByRole("row")
      .evaluateAll((rows) => Math.max(...rows.map((row) => Number(row.getAttribute("aria-rowindex") ?? 0))));
  await expect
    .poll(async () => {
      await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
      return last();
    })
    .toBeGreaterThan(150);
});

test("a customer is created, changed, deleted and taken back", async ({ page }) => {
  await signIn(page, "manager.east", "/customers");
  // Managers of the demo read and change; who may create sees the button.
  await signIn(page, "admin", "/customers/new");
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("Name is needed")).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("Customer code").fill(`E2E-${STAMP}`);
  await page.getByLabel("Name", { exact: true }).fill(`Granite & Söhne ${STAMP}`);
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name: `Granite & Söhne ${STAMP}` })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("City").fill("成都");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("definition").filter({ hasText: "成都" })).toBeVisible();
  await screenshot(page, "customer");

  const address = page.url();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page).toHaveURL(address);
  await expect(page.getByRole("heading", { name: `Granite & Söhne ${STAMP}` })).toBeVisible();
});

test("a taken code is told at its field", async ({ page }) => {
  await signIn(page, "admin", "/customers/new");
  await page.getByLabel("Customer code").fill(`E2E-${STAMP}`);
  await page.getByLabel("Name", { exact: true }).fill("Somebody else");
  await page.getByRole("button", { name: "Create" }).click();
  const field = page.locator(".ant-form-item", { has: page.getByLabel("Customer code") });
  await expect(field.locator(".ant-form-item-explain-error")).toBeVisible();
});

test("a change made meanwhile by somebody else is explained, not overwritten", async ({ page }) => {
  await signIn(page, "admin", `/customers?q=${encodeURIComponent(`E2E-${STAMP}`)}`);
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("City").fill("Here");
  const id = /customers\/(\d+)/.exec(page.url())?.[1];
  expect((await callApi(page, "PATCH", `/customers/${id}`, { city: "There" })).status).toBe(200);

  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Somebody else changed this record")).toBeVisible();
  await screenshot(page, "conflict");
  await page.getByRole("button", { name: "Load their version" }).click();
  await expect(page.getByLabel("City")).toHaveValue("There");
  await page.getByLabel("City").fill("Here");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("definition").filter({ hasText: "Here" })).toBeVisible();
});

test("an order is written for a customer and paid", async ({ page }) => {
  await signIn(page, "admin", `/customers?q=${encodeURIComponent(`E2E-${STAMP}`)}`);
  await page.getByRole("table").getByRole("link").first().click();
  const orders = page.locator("section", { has: page.getByRole("heading", { name: /^Orders/ }) });
  await orders.getByRole("link", { name: "New" }).click();
  await page.getByLabel("Amount").fill("250.50");
  await page.getByLabel("Ordered on").fill("2026-11-20");
  await page.getByLabel("Ordered on").press("Tab");
  await page.getByLabel("Status").fill("Confirmed");
  await page.getByLabel("Status").press("Enter");
  await page.getByRole("button", { name: "Create" }).click();

  await page.getByRole("button", { name: "Book payment" }).click();
  await expect(page.getByText("$250.50 as received")).toBeVisible();
  await page.getByRole("dialog").getByRole("button", { name: "Book payment" }).click();
  await expect(page.locator("h1 + span", { hasText: "Paid" })).toBeVisible();
  await screenshot(page, "order-paid");
});
