// Personal access: API keys and SQL sign-ins. The secret is answered once, on creation.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";

export const tokensQuery = queryOptions({
  queryKey: ["access_tokens"],
  queryFn: async () => (await body(client.GET("/api/v1/access_tokens"))).items,
});

const refresh = () => queryClient.invalidateQueries({ queryKey: ["access_tokens"] });

export function useCreateToken() {
  return useMutation({
    mutationFn: (input: { kind: "api" | "sql"; name: string; days: number }) =>
      body(client.POST("/api/v1/access_tokens", { body: input })),
    onSuccess: refresh,
  });
}

export function useRevokeToken() {
  return useMutation({
    mutationFn: async (id: number) => {
      await client.DELETE("/api/v1/access_tokens/{id}", { params: { path: { id } } });
    },
    onSuccess: refresh,
  });
}
