// A marketer's day: a segment and what became of the campaign to it.
import { expect, test } from "@playwright/test";
import { expectAccessible, screenshot, signIn } from "./people";

test("a segment shows its rule and its members and is evaluated anew", async ({ page }) => {
  await signIn(page, "marketer", "/segments");
  await page.getByRole("table").getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "Rule" })).toBeVisible();
  await page.getByRole("button", { name: "Evaluate now" }).click();
  await expect(page.getByText(/members: .* entered, .* left/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Members" }).getByRole("row").nth(1)).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "segment");
});

test("a new segment is counted before it is saved", async ({ page }) => {
  await signIn(page, "marketer", "/segments/new");
  const name = `East ${Date.now().toString(36)}`;
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("combobox", { name: "Field" }).fill("Sales region");
  await page.getByRole("combobox", { name: "Field" }).press("Enter");
  await page.getByRole("combobox", { name: "Value" }).fill("East");
  await page.getByRole("combobox", { name: "Value" }).press("Enter");
  await page.getByRole("button", { name: "Count matching customers" }).click();
  await expect(page.getByText(/[1-9][\d,]* customers right now/)).toBeVisible();
  await page.getByRole("button", { name: "Create" }).click();
  await expect(page.getByRole("heading", { name })).toBeVisible();
  await expect(page.getByText("Sales region is one of East")).toBeVisible();
});

test("a campaign shows its funnel from planned to unsubscribed", async ({ page }) => {
  await signIn(page, "marketer", "/campaigns");
  await page.getByRole("table").getByRole("link").first().click();
  const result = page.locator("section", { has: page.getByRole("heading", { name: "Result" }) });
  // Each step of the funnel as its figure and no wider than the one it is a part of.
  let before = { count: Number.POSITIVE_INFINITY, width: Number.POSITIVE_INFINITY };
  for (const step of ["Planned", "Accepted", "Opened", "Clicked"]) {
    const line = result.getByText(step, { exact: true }).locator("..");
    const figure = await line.locator("b").innerText();
    const width = (await line.locator("dd span").first().boundingBox())?.width ?? 0;
    const now = { count: Number(figure.replaceAll(",", "")), width };
    expect(now.count, step).toBeGreaterThan(0);
    expect(now.count, step).toBeLessThan(before.count);
    expect(now.width, step).toBeLessThan(before.width);
    before = now;
  }
  await expect(result.getByText("Unsubscribed", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await screenshot(page, "campaign");
});
