// Working with many records: saved views, bulk changes, export, import and its undo, recycle bin, board and calendar.
import { expect, type Page, test } from "@playwright/test";
import { callApi, choose, expectAccessible, expectNoSidewaysScroll, screenshot, signIn } from "./people";

const STAMP = Date.now().toString(36).toUpperCase();

test.describe.configure({ mode: "serial" });

const rows = (page: Page) => page.getByRole("table").getByRole("row");

test("a file is checked, its refused rows are told, it is imported and taken back", async ({ page }) => {
  await signIn(page, "admin", "/customers");
  await page.getByRole("button", { name: "More of this list" }).click();
  await page.getByRole("menuitem", { name: "Import" }).click();
  const file = [
    "客户编码,Company,Kind,Town",
    `L1-${STAMP},List one ${STAMP},organisation,Wuhan`,
    `L2-${STAMP},List two ${STAMP},organisation,Xi'an`,
    `L3-${STAMP},,organisation,Jinan`,
  ].join("\n");
  await page.locator("input[type=file]").setInputFiles({
    name: "customers.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(file),
  });
  // Code and kind are known by their labels, in either language; the others are chosen.
  await expect(page.getByText("No column gives Name")).toBeVisible();
  const means = (header: string, field: string) =>
    choose(page.getByRole("combobox", { name: `Field for ${header}` }), field);
  await means("Company", "Name");
  await means("Town", "City");
  await expectAccessible(page);
  await screenshot(page, "import-columns");
  await page.getByRole("button", { name: "Check the file" }).click();

  await expect(page.getByText("Checked; nothing was written yet")).toBeVisible();
  const refused = page.getByRole("table").getByRole("row").filter({ hasText: "must not be empty" });
  await expect(refused).toContainText("4");
  await expectAccessible(page);
  await screenshot(page, "import-checked");
  await page.getByRole("button", { name: "Import 2 rows" }).click();
  await expect(page.getByText("Imported", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Take back" }).click();
  await expect(page.getByText("2 removed")).toBeVisible();
  const left = await callApi(page, "GET", `/customers?q=${STAMP}`);
  expect((left.body.items as unknown[]).length).toBe(0);
});

test("chosen records are changed and deleted at once, refusals are told, and the bin gives back", async ({ page }) => {
  await signIn(page, "admin");
  for (const n of [1, 2, 3]) {
    const made = await callApi(page, "POST", "/customers", {
      code: `B${n}-${STAMP}`,
      name: `Bulk ${n} ${STAMP}`,
      kind: "organisation",
    });
    expect(made.status).toBe(201);
  }
  await page.goto(`/customers?q=${STAMP}`);
  await expect(rows(page)).toHaveCount(4);
  await page.getByRole("checkbox", { name: "Choose all shown" }).check();
  await expect(page.getByText("3 chosen")).toBeVisible();
  await page.getByRole("button", { name: "Change a field" }).click();
  const dialog = page.getByRole("dialog");
  await choose(dialog.getByRole("combobox", { name: "Field" }), "City");
  await dialog.getByLabel("New value").fill("宁波");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Change", exact: true }).click();
  await expect(page.getByText("3 records changed")).toBeVisible();
  const changed = (await callApi(page, "GET", `/customers?q=${STAMP}&fields=city`)).body.items as { city: string }[];
  expect(changed.map(({ city }) => city)).toEqual(["宁波", "宁波", "宁波"]);

  await page.getByRole("checkbox", { name: `Choose Bulk 1 ${STAMP}` }).check();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Delete" }).click();
  await expect(rows(page)).toHaveCount(3);

  await page.getByRole("button", { name: "More of this list" }).click();
  await page.getByRole("menuitem", { name: "Recycle bin" }).click();
  await expectAccessible(page);
  await screenshot(page, "recycle-bin");
  await page.getByRole("button", { name: `Take back Bulk 1 ${STAMP}` }).click();
  await page.goto(`/customers?q=${STAMP}`);
  await expect(rows(page)).toHaveCount(4);
});

test("a view is saved under a name, opened by a colleague when shared, and removed", async ({ page }) => {
  await signIn(page, "admin", `/customers?q=${STAMP}&sort=code`);
  await expect(rows(page)).toHaveCount(4);
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: "Save as view" }).click();
  await page.getByLabel("Name").fill(`Bulk ${STAMP}`);
  await page.getByRole("checkbox", { name: "Everyone who may see this list" }).check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("button", { name: "Saved views" })).toContainText(`Bulk ${STAMP}`);

  await signIn(page, "analyst", "/customers");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: `Bulk ${STAMP} (shared)` }).click();
  await expect(rows(page)).toHaveCount(4);
  await expect(page.getByRole("columnheader", { name: "Customer code" })).toHaveAttribute("aria-sort", "ascending");

  await signIn(page, "admin", "/customers");
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: `Bulk ${STAMP}`, exact: true }).click();
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("menuitem", { name: `Remove “Bulk ${STAMP}”` }).click();
  await expect(page.getByRole("button", { name: "Saved views" })).toContainText("All");
});

test("a list is exported as it stands", async ({ page }) => {
  await signIn(page, "admin", `/customers?q=${STAMP}&sort=code&columns=["name","city"]`);
  await expect(rows(page)).toHaveCount(4);
  await page.getByRole("button", { name: "More of this list" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export as CSV" }).click();
  const text = (await (await (await download).createReadStream()).toArray()).join("");
  const lines = text
    .replace(/^\uFEFF/, "")
    .trim()
    .split(/\r?\n/);
  expect(lines).toEqual(["Name,City", ...[1, 2, 3].map((n) => `Bulk ${n} ${STAMP},宁波`)]);
});

test("tasks move over a board and stand in a calendar, on a phone too", async ({ page }) => {
  await signIn(page, "admin");
  const due = `${new Date().toISOString().slice(0, 7)}-15`;
  const me = (await callApi(page, "GET", "/session")).body.user as { id: number };
  const made = await callApi(page, "POST", "/tasks", { subject: `Call ${STAMP}`, due_on: due, owner_id: me.id });
  expect(made.status).toBe(201);

  await page.goto(`/tasks?q=${STAMP}`);
  await page.getByText("Board", { exact: true }).click({ force: true });
  const column = (name: string) => page.getByRole("list", { name });
  await expect(column("Open").getByRole("link", { name: `Call ${STAMP}` })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: `Move Call ${STAMP}` }).click();
  await page.getByRole("menuitem", { name: "Done" }).click();
  await expect(column("Done").getByRole("link", { name: `Call ${STAMP}` })).toBeVisible();
  await page
    .getByRole("listitem")
    .filter({ hasText: `Call ${STAMP}` })
    .dragTo(column("Open"));
  await expect(column("Open").getByRole("link", { name: `Call ${STAMP}` })).toBeVisible();
  expect((await callApi(page, "GET", `/tasks/${made.body.id}`)).body.status).toBe("open");
  await screenshot(page, "board");

  await page.goto(`/tasks?q=${STAMP}&as=calendar&month=${due.slice(0, 7)}`);
  const day = page.getByRole("cell").filter({ has: page.locator(`time[datetime="${due}"]`) });
  await expect(day.getByRole("link", { name: `Call ${STAMP}` })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "calendar");
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole("link", { name: `Call ${STAMP}` })).toBeVisible();
  await expectNoSidewaysScroll(page);
});
