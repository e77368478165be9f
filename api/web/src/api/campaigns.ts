// Campaigns: launch, and the result as it comes in.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { forgetRecords } from "./records";

export function campaignResultQuery(id: number) {
  return queryOptions({
    queryKey: ["records", "campaigns", "result", id],
    queryFn: () => body(client.GET("/api/v1/campaigns/{id}/result", { params: { path: { id } } })),
    refetchInterval: 5_000,
  });
}

export function useLaunchCampaign() {
  return useMutation({
    mutationFn: (id: number) => body(client.POST("/api/v1/campaigns/{id}/launch", { params: { path: { id } } })),
    onSuccess: () => forgetRecords("campaigns", "messages"),
  });
}
