// What goes on around a record: comments, notes, files, tags, marks, sharing, merging, copying.
import { expect, type Page, test } from "@playwright/test";
import { callApi, choose, expectAccessible, screenshot, signIn } from "./people";

const STAMP = Date.now().toString(36).toUpperCase();

async function customer(page: Page, code: string, more: Record<string, unknown> = {}): Promise<number> {
  const users = (await callApi(page, "GET", "/users?page[size]=100&fields=login")).body.items as {
    id: number;
    login: string;
  }[];
  const owner = users.find((user) => user.login === "sales.east")?.id;
  const made = await callApi(page, "POST", "/customers", {
    code: `${code}-${STAMP}`,
    name: `${code} ${STAMP}`,
    kind: "organisation",
    owner_id: owner,
    ...more,
  });
  expect(made.status).toBe(201);
  return made.body.id as number;
}

test("colleagues comment, are mentioned, keep notes and files, and find all of it in one feed", async ({ page }) => {
  await signIn(page, "admin");
  const id = await customer(page, "FEED");
  await page.goto(`/customers/${id}`);
  const activity = page.locator("section", { has: page.getByRole("heading", { name: "Activity" }) });

  await activity.getByText("Comments", { exact: true }).click();
  await activity.getByLabel("Write a comment").fill(`Please call them ${STAMP}, @sales.east`);
  await activity.getByRole("button", { name: "Send" }).click();
  await expect(activity.getByRole("article")).toContainText("Please call them");
  await activity.getByRole("button", { name: "Answer" }).click();
  await activity.getByLabel(/^Answer/).fill("Done");
  await activity.getByLabel(/^Answer/).press("Control+Enter");
  await expect(activity.getByRole("article")).toHaveCount(2);

  await activity.getByText("Notes", { exact: true }).click();
  await activity.getByLabel("Write a note").fill("Prefers mornings");
  await activity.getByRole("button", { name: "Send" }).click();
  await expect(activity.getByRole("article")).toContainText("Prefers mornings");

  await activity.getByText("Files", { exact: true }).click();
  await activity.locator("input[type=file]").setInputFiles({
    name: "offer.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("An offer"),
  });
  const download = page.waitForEvent("download");
  await activity.getByRole("link", { name: "offer.txt" }).click();
  expect((await (await (await download).createReadStream()).toArray()).join("")).toBe("An offer");

  await activity.getByText("All", { exact: true }).click();
  await expect(activity.getByRole("listitem").filter({ hasText: "Prefers mornings" })).toBeVisible();
  await expect(activity.getByRole("listitem").filter({ hasText: "Please call them" })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "record-activity");

  await signIn(page, "sales.east");
  await page.getByRole("button", { name: /things? (is|are) new/ }).click();
  await page.getByRole("link", { name: /mention/ }).click();
  const mention = page.getByRole("listitem").filter({ hasText: `call them ${STAMP}` });
  await expect(mention).toBeVisible();
  await expectAccessible(page);
  await mention.getByRole("button", { name: "Seen" }).click();
  await expect(mention.getByRole("button", { name: "Seen" })).toHaveCount(0);
});

test("tags and favourites lead from the home page to the records", async ({ page }) => {
  await signIn(page, "admin");
  const tag = `Key ${STAMP}`;
  const id = await customer(page, "TAG");
  await page.goto(`/customers/${id}`);
  await page.getByRole("button", { name: "Add tags" }).click();
  await page.getByRole("combobox", { name: "Edit tags" }).fill(tag);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: `# ${tag}` })).toBeVisible();
  const star = page.getByRole("button", { name: "Favourite" });
  await star.click();
  await expect(star).toHaveAttribute("aria-pressed", "true");

  await page.goto("/");
  await expect(page.getByRole("link", { name: `TAG ${STAMP}` })).toBeVisible();
  await page.getByRole("link", { name: `# ${tag}` }).click();
  await page.getByRole("link", { name: `TAG ${STAMP}` }).click();
  await expect(page.getByRole("heading", { name: `TAG ${STAMP}` })).toBeVisible();
});

test("a record is shared, copied, merged, and the merge is taken back", async ({ page }) => {
  await signIn(page, "admin");
  const id = await customer(page, "KEEP", { city: "上海" });
  await customer(page, "DOUBLE", { city: "苏州" });
  await page.goto(`/customers/${id}`);
  const more = async (name: string) => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name }).click();
  };

  await more("Team and sharing");
  await choose(page.getByRole("combobox", { name: "User, department or group" }), "Luna");
  await page.getByRole("dialog").getByRole("button", { name: "Share", exact: true }).click();
  await expect(
    page
      .getByRole("dialog")
      .getByRole("cell", { name: /Luna Shen$/ })
      .first(),
  ).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await more("Who may see this");
  await expect(page.getByRole("dialog").getByRole("row").filter({ hasText: "Luna" })).toContainText("shared");
  await page.keyboard.press("Escape");

  await more("Merge with…");
  await page.getByRole("combobox", { name: "Record to merge into this one" }).fill(`DOUBLE ${STAMP}`);
  await page.getByTitle(`DOUBLE ${STAMP}`).click();
  await page.getByRole("row").filter({ hasText: "City" }).getByRole("radio").nth(1).check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Merge", exact: true }).click();
  await expect(page.getByRole("definition").filter({ hasText: "苏州" })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("definition").filter({ hasText: "上海" })).toBeVisible();

  await more("Copy");
  // The code is of one customer only: the copy is given its own.
  await expect(page).not.toHaveURL(new RegExp(`/customers/${id}$`));
  await expect(page.getByRole("definition").filter({ hasText: /^CU\d+$/ })).toBeVisible();
  await expect(page.getByRole("definition").filter({ hasText: "上海" })).toBeVisible();
  await expect(page.getByRole("heading", { name: `KEEP ${STAMP}` })).toBeVisible();
});
