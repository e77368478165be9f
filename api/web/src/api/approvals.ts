// Approvals: what waits for the reader, what a record went through, submitting and deciding.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";
import type { components } from "./schema";

export type Approval = components["schemas"]["Approval"];
export type WaitingApproval = components["schemas"]["WaitingApproval"];
export type ApprovalFlow = components["schemas"]["ApprovalFlow"];
export type Decision = "approve" | "reject" | "return";

export const waitingQuery = queryOptions({
  queryKey: ["approvals", "waiting"],
  queryFn: async () => (await body(client.GET("/api/v1/approvals/waiting"))).items,
});

export function recordApprovalsQuery(object: string, record: number) {
  return queryOptions({
    queryKey: ["approvals", object, record],
    queryFn: async () => (await body(client.GET("/api/v1/approvals", { params: { query: { object, record } } }))).items,
  });
}

/** A decision changes the record, its approvals, and what waits. */
export const forgetApprovals = () =>
  Promise.all(
    ["approvals", "records", "notifications"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
  );

export function useSubmit() {
  return useMutation({
    mutationFn: (input: { flow: string; object: string; record: number; comment?: string }) =>
      body(client.POST("/api/v1/approvals", { body: input })),
    onSuccess: forgetApprovals,
  });
}

export function useDecide() {
  return useMutation({
    mutationFn: async (input: { task: number; decision: Decision; comment?: string }) => {
      await client.POST("/api/v1/approvals/tasks/{task}/decide", {
        params: { path: { task: input.task } },
        body: {
          // Without a step it goes back to whoever submitted it.
          decision: (input.decision === "return" ? { return: { to_step: null } } : input.decision) as never,
          comment: input.comment || undefined,
        },
      });
    },
    onSuccess: forgetApprovals,
  });
}

export function useDelegate() {
  return useMutation({
    mutationFn: async (input: { task: number; to: number; comment?: string }) => {
      await client.POST("/api/v1/approvals/tasks/{task}/delegate", {
        params: { path: { task: input.task } },
        body: { to: input.to, comment: input.comment || undefined },
      });
    },
    onSuccess: forgetApprovals,
  });
}

export function useRecall() {
  return useMutation({
    mutationFn: async (input: { id: number; comment?: string }) => {
      await client.POST("/api/v1/approvals/{id}/recall", {
        params: { path: { id: input.id } },
        body: { comment: input.comment || undefined },
      });
    },
    onSuccess: forgetApprovals,
  });
}
