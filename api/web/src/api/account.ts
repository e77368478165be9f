// The reader's own account: password, second factor, open sessions, sign-ins.
import { queryOptions } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";
import type { components } from "./schema";

export type OpenSession = components["schemas"]["OpenSession"];

const KEY = "account";
export const forgetAccount = () => queryClient.invalidateQueries({ queryKey: [KEY] });

export const totpQuery = queryOptions({
  queryKey: [KEY, "totp"],
  queryFn: () => body(client.GET("/api/v1/session/totp")),
});

export const enrolTotp = () => body(client.POST("/api/v1/session/totp"));

export const confirmTotp = async (code: string): Promise<string[]> =>
  (await body(client.POST("/api/v1/session/totp/confirm", { body: { code } }))).recovery_codes;

export const removeTotp = (password: string) => client.DELETE("/api/v1/session/totp", { body: { password } });

export const changePassword = (input: { current: string; new: string }) =>
  client.PUT("/api/v1/session/password", { body: input });

export const ownSessionsQuery = queryOptions({
  queryKey: [KEY, "sessions"],
  queryFn: async () => (await body(client.GET("/api/v1/sessions"))).items,
});

export const endSession = (id: number) => client.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } });

export const ownSignInsQuery = queryOptions({
  queryKey: [KEY, "sign_ins"],
  queryFn: async () => (await body(client.GET("/api/v1/session/sign_ins"))).items,
});
