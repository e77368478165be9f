// What administrators set up: fields, layouts, rights, sharing, rules, approvals; and one's own settings.
import { expect, type Page, test } from "@playwright/test";
import { callApi, choose, expectAccessible, expectNoSidewaysScroll, screenshot, signIn, signOut, totp } from "./people";

const STAMP = Date.now().toString(36);

const inDialog = (page: Page, name: string) => page.getByRole("dialog").getByRole("combobox", { name });

test("a field that is added stands in the form, the list and the filter at once", async ({ page }) => {
  await signIn(page, "admin", "/admin/objects/product");
  await page.getByRole("button", { name: "New field" }).click();
  const label = `Shelf ${STAMP}`;
  await page.getByLabel("Label (English)").fill(label);
  await page.getByLabel("Label (Chinese)").fill(`货架 ${STAMP}`);
  await page.getByLabel("Name for programs").fill(`shelf_${STAMP}`);
  await choose(inDialog(page, "Kind"), "Whole number");
  await expectAccessible(page);
  await screenshot(page, "new-field");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("cell", { name: label, exact: true })).toBeVisible();

  await page.goto("/products/new");
  await expect(page.getByLabel(label)).toBeVisible();
  await page.goto("/products");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: label }).check();
  await expect(page.getByRole("columnheader", { name: label })).toBeVisible();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("combobox", { name: "Field" }).fill(label);
  await expect(page.getByTitle(label)).toBeVisible();
});

test("a layout moves fields of the form, and the usual one comes back", async ({ page }) => {
  await signIn(page, "admin", "/admin/objects/product");
  const section = page.getByRole("textbox", { name: "Section (English)" }).first();
  await expect(section).toHaveValue("General");
  await section.fill(`Basics ${STAMP}`);
  await page.getByRole("button", { name: "Save layout" }).click();
  await expect(page.getByText("Layout saved")).toBeVisible();
  await page.goto("/products/new");
  await expect(page.getByRole("heading", { name: `Basics ${STAMP}` })).toBeVisible();

  await page.goto("/admin/objects/product");
  await page.getByRole("button", { name: "Usual layout" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("The usual layout holds again")).toBeVisible();
  await page.goto("/products/new");
  await expect(page.getByRole("heading", { name: "General" })).toBeVisible();
});

test("a right that is taken in the matrix is gone for its holder, and explained", async ({ page }) => {
  await signIn(page, "analyst", "/products");
  await expect(page.getByRole("button", { name: "More of this list" })).toBeVisible();

  await signIn(page, "admin", "/admin/profiles/analyst");
  const box = page.getByRole("checkbox", { name: "Product: Export" });
  await expect(box).toBeChecked();
  await expectAccessible(page);
  await screenshot(page, "profile-matrix");
  await box.uncheck();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved: it holds from the next request on")).toBeVisible();

  await signIn(page, "analyst", "/products");
  await expect(page.getByRole("columnheader", { name: "Product code" })).toBeVisible();
  await expect(page.getByRole("button", { name: "More of this list" })).toHaveCount(0);
  expect((await callApi(page, "GET", "/products/export")).status).toBe(403);

  await signIn(page, "admin", "/admin/profiles/analyst");
  await page.getByRole("checkbox", { name: "Product: Export" }).check();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved: it holds from the next request on")).toBeVisible();
  await page.goto("/admin/users");
  await page.getByRole("button", { name: "Access: Ada Novak" }).click();
  await expect(page.getByRole("dialog").getByRole("row").filter({ hasText: "Product" })).toContainText("Export");
  await expectAccessible(page);
});

test("a campaign that is submitted waits in its approver's inbox, and is decided there", async ({ page }) => {
  const flow = `Discounts ${STAMP}`;
  await signIn(page, "admin", "/admin/flows");
  await page.getByRole("button", { name: "New flow" }).click();
  const dialog = page.getByRole("dialog");
  await choose(inDialog(page, "Object"), "Campaign");
  await dialog.getByLabel("Label").first().fill(flow);
  await dialog.getByLabel("Label").nth(1).fill("Head office agrees");
  const approvers = dialog.getByRole("combobox", { name: "Who decides" });
  await approvers.press("Backspace");
  await approvers.fill("管理员 Admin");
  await approvers.press("Enter");
  await approvers.press("Escape");
  await expect(approvers).toHaveAttribute("aria-expanded", "false");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("cell", { name: flow, exact: true })).toBeVisible();

  await signIn(page, "marketer", "/campaigns");
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("button", { name: "More actions" }).click();
  const address = page.url();
  await page.getByRole("menuitem", { name: "Submit for approval" }).click();
  await page.getByRole("dialog").getByLabel("Flow").fill(flow);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Submit", exact: true }).click();
  await expect(page.getByRole("heading", { name: flow })).toBeVisible();

  await signIn(page, "admin", "/inbox");
  const task = page.locator("section").filter({ hasText: flow });
  await expect(task).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "inbox");
  await task.getByRole("button", { name: "Reject" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Reject" })).toBeDisabled();
  await page.getByLabel("Comment").fill("Too much");
  await page.getByRole("dialog").getByRole("button", { name: "Reject" }).click();
  await expect(task).toHaveCount(0);

  await signIn(page, "marketer", new URL(address).pathname);
  const approval = page.locator("section", { has: page.getByRole("heading", { name: flow }) });
  await expect(approval).toContainText("Too much");
  await expect(approval).toContainText("Rejected");
});

test("a rule is tried on a record before it is saved", async ({ page }) => {
  await signIn(page, "admin", "/admin/rules");
  await page.getByRole("button", { name: "New rule" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Label").fill(`Welcome ${STAMP}`);
  await dialog.getByLabel("Title").fill("New customer {name}");
  const record = dialog.getByRole("combobox", { name: "Record to try it on" });
  await record.click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").first().click();
  await expect(record).toHaveAttribute("aria-expanded", "false");
  await dialog.getByRole("button", { name: "Try", exact: true }).click();
  await expect(dialog.getByText("The rule would do this")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("cell", { name: `Welcome ${STAMP}`, exact: true })).toBeVisible();
  await page.getByRole("button", { name: `Remove Welcome ${STAMP}` }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("cell", { name: `Welcome ${STAMP}`, exact: true })).toHaveCount(0);
});

test("every page of the administration opens, on a phone too", async ({ page }) => {
  await signIn(page, "admin", "/admin");
  const navigation = page.getByRole("navigation", { name: "Administration" });
  await expect(navigation.getByRole("link").first()).toBeVisible();
  const names = await navigation.getByRole("link").allInnerTexts();
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    await navigation.getByRole("link", { name, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: name })).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["/admin/users", "/admin/profiles/sales", "/admin/objects/customer", "/settings", "/inbox"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoSidewaysScroll(page);
  }
});

test("who is no administrator finds no administration", async ({ page }) => {
  await signIn(page, "sales.east", "/admin/users");
  await expect(page.getByText("Nothing here")).toBeVisible();
  await expect(page.getByRole("link", { name: "Administration" })).toHaveCount(0);
});

test("a second factor is set up with a QR code, asked for, and switched off", async ({ page }) => {
  await signIn(page, "sales.east", "/settings");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.locator("canvas")).toBeVisible();
  await expectAccessible(page);
  const secret = await page
    .locator("code")
    .filter({ hasText: /^[A-Z2-7]{16,}$/ })
    .innerText();
  await page.getByLabel("Code of your app").fill("000000");
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByText(/code is wrong/)).toBeVisible();
  await page.getByLabel("Code of your app").fill(totp(secret));
  await page.getByRole("button", { name: "Switch on" }).click();
  const codes = page.getByRole("status").filter({ hasText: "recovery codes" }).locator("pre");
  const [recovery = ""] = (await codes.innerText()).split(/\s+/);
  await screenshot(page, "recovery-codes");
  await signOut(page);

  await page.getByLabel("Sign-in name").fill("sales.east");
  await page.getByLabel("Password", { exact: true }).fill(process.env.BASALT_DEMO_PASSWORD ?? "basalt-demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code of your authenticator").fill(recovery);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: /^Menu of/ })).toBeVisible();
  await page.goto("/settings");
  await page.getByRole("button", { name: "Switch off" }).click();
  await page
    .getByRole("dialog")
    .getByLabel("Password")
    .fill(process.env.BASALT_DEMO_PASSWORD ?? "basalt-demo");
  await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
});
