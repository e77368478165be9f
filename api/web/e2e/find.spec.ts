// Quick find from everywhere.
import { expect, type Page, test } from "@playwright/test";
import { callApi, expectAccessible, screenshot, signIn } from "./people";

const STAMP = Date.now().toString(36);
const NAME = `Quarry ${STAMP}`;
const PHONE = `+49 30 ${Date.now()}`;

async function find(page: Page, text: string) {
  await expect(page.getByRole("button", { name: /^Search or go to/ })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Type a name, a page or a number").fill(text);
}

test("[SRCH-07] part of a name, a phone or a number finds the records one may see, and picking opens or inserts them", async ({
  page,
}) => {
  await signIn(page, "admin");
  const users = (await callApi(page, "GET", "/users?page[size]=100&fields=login")).body.items as {
    id: number;
    login: string;
  }[];
  const owner = users.find((user) => user.login === "admin")?.id;
  const made = await callApi(page, "POST", "/customers", {
    code: `FIND-${STAMP}`,
    name: NAME,
    kind: "organisation",
    phone: PHONE,
    owner_id: owner,
  });
  expect(made.status).toBe(201);
  await page.reload();

  for (const part of [NAME.slice(2), PHONE.slice(6), `IND-${STAMP}`]) {
    await find(page, part);
    await expect(page.getByRole("option", { name: NAME })).toBeVisible();
    await page.keyboard.press("Escape");
  }
  await find(page, NAME.slice(2));
  await expectAccessible(page);
  await screenshot(page, "find");
  await page.getByRole("option", { name: NAME }).click();
  await expect(page.getByRole("heading", { name: NAME })).toBeVisible();

  await page.goto("/orders/new");
  await page.getByLabel("Customer", { exact: true }).fill(STAMP);
  await page.getByTitle(NAME).click();
  await expect(page.locator(".ant-form-item", { has: page.getByLabel("Customer", { exact: true }) })).toContainText(
    NAME,
  );

  await signIn(page, "sales.east");
  await find(page, NAME.slice(2));
  await expect(page.getByText(/Nothing found/)).toBeVisible();
  await expect(page.getByRole("option", { name: NAME })).toHaveCount(0);
});

test("the command menu leads to pages and lists", async ({ page }) => {
  await signIn(page, "analyst");
  await find(page, "report");
  await expect(page.getByRole("option", { name: "Report packs" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/reports$/);
});
