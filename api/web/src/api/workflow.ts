// Rules, flows of approval and webhooks: for administrators.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type WorkflowRule = Schemas["WorkflowRule"];
export type RuleInput = Schemas["RuleInput"];
export type WorkflowRun = Schemas["WorkflowRun"];
export type RuleTrial = Schemas["RuleTrial"];
export type Flow = Schemas["ApprovalFlow"];
export type FlowInput = Schemas["FlowInput"];
export type Webhook = Schemas["Webhook"];
export type WebhookInput = Schemas["WebhookInput"];

const KEY = "workflow";
export const forgetWorkflow = () => queryClient.invalidateQueries({ queryKey: [KEY] });

export const rulesQuery = queryOptions({
  queryKey: [KEY, "rules"],
  queryFn: async () => (await body(client.GET("/api/v1/workflow/rules"))).items,
});

export const flowsQuery = queryOptions({
  queryKey: [KEY, "flows"],
  queryFn: async () => (await body(client.GET("/api/v1/workflow/flows"))).items,
});

export function runsQuery(rule?: number) {
  return queryOptions({
    queryKey: [KEY, "runs", rule],
    queryFn: async () => (await body(client.GET("/api/v1/workflow/runs", { params: { query: { rule } } }))).items,
  });
}

export const webhooksQuery = queryOptions({
  queryKey: [KEY, "webhooks"],
  queryFn: async () => (await body(client.GET("/api/v1/workflow/webhooks"))).items,
});

export function deliveriesQuery(id: number) {
  return queryOptions({
    queryKey: [KEY, "deliveries", id],
    queryFn: async () =>
      (await body(client.GET("/api/v1/workflow/webhooks/{id}/deliveries", { params: { path: { id } } }))).items,
  });
}

export const saveRule = ({ id, ...input }: { id?: number } & RuleInput) =>
  id === undefined
    ? client.POST("/api/v1/workflow/rules", { body: input })
    : client.PUT("/api/v1/workflow/rules/{id}", { params: { path: { id } }, body: input });
export const dropRule = (id: number) => client.DELETE("/api/v1/workflow/rules/{id}", { params: { path: { id } } });

export const tryRule = async (rule: RuleInput, record: number): Promise<RuleTrial | undefined> =>
  (await body(client.POST("/api/v1/workflow/dry_run", { body: { rule, records: [record] } }))).items[0];

export const saveFlow = ({ id, ...input }: { id?: number } & FlowInput) =>
  id === undefined
    ? client.POST("/api/v1/workflow/flows", { body: input })
    : client.PUT("/api/v1/workflow/flows/{id}", { params: { path: { id } }, body: input });
export const dropFlow = (id: number) => client.DELETE("/api/v1/workflow/flows/{id}", { params: { path: { id } } });

export const saveWebhook = ({ id, ...input }: { id?: number } & WebhookInput) =>
  id === undefined
    ? client.POST("/api/v1/workflow/webhooks", { body: input })
    : client.PUT("/api/v1/workflow/webhooks/{id}", { params: { path: { id } }, body: input });
export const dropWebhook = (id: number) =>
  client.DELETE("/api/v1/workflow/webhooks/{id}", { params: { path: { id } } });
