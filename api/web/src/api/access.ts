// Who may do what: profiles, roles, groups, sharing rules, and what follows from them.
import { queryOptions, useMutation } from "@tanstack/react-query";
import { body, client } from "./client";
import { queryClient } from "./query-client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Profile = Schemas["Profile"];
export type Rights = Schemas["Rights"];
export type ObjectRights = Schemas["ObjectRights"];
export type Role = Schemas["Role"];
export type RowScope = Schemas["RowScope"];
export type Group = Schemas["Group"];
export type GroupInput = Schemas["GroupInput"];
export type SharingRule = Schemas["SharingRule"];
export type SharingRuleInput = Schemas["SharingRuleInput"];
export type UserRights = Schemas["UserRights"];
export type AccessDefault = Schemas["AccessDefault"];
export type Reader = Schemas["Reader"];
export type RowReason = Schemas["RowReason"];
export type SignInRecord = Schemas["SignInRecord"];
export type PasswordRules = Schemas["PasswordRuleSet"];

const KEY = "access";
export const forgetAccess = () => queryClient.invalidateQueries({ queryKey: [KEY] });

export const profilesQuery = queryOptions({
  queryKey: [KEY, "profiles"],
  queryFn: async () => (await body(client.GET("/api/v1/access/profiles"))).items,
});

export const rolesQuery = queryOptions({
  queryKey: [KEY, "roles"],
  queryFn: async () => (await body(client.GET("/api/v1/access/roles"))).items,
});

export const groupsQuery = queryOptions({
  queryKey: [KEY, "groups"],
  queryFn: async () => (await body(client.GET("/api/v1/access/groups"))).items,
});

export const sharingRulesQuery = queryOptions({
  queryKey: [KEY, "sharing_rules"],
  queryFn: async () => (await body(client.GET("/api/v1/access/sharing_rules"))).items,
});

export const accessDefaultsQuery = queryOptions({
  queryKey: [KEY, "defaults"],
  queryFn: async () => (await body(client.GET("/api/v1/access/defaults"))).items,
});

export function userRightsQuery(id: number) {
  return queryOptions({
    queryKey: [KEY, "rights", id],
    queryFn: () => body(client.GET("/api/v1/access/users/{id}/rights", { params: { path: { id } } })),
  });
}

export function readersQuery(object: string, id: number) {
  return queryOptions({
    queryKey: [KEY, "readers", object, id],
    queryFn: async () =>
      (await body(client.GET("/api/v1/access/readers/{object}/{id}", { params: { path: { object, id } } }))).items,
  });
}

export function signInsQuery(before?: number) {
  return queryOptions({
    queryKey: [KEY, "sign_ins", before],
    queryFn: async () => (await body(client.GET("/api/v1/access/sign_ins", { params: { query: { before } } }))).items,
  });
}

export const passwordRulesQuery = queryOptions({
  queryKey: ["password_rules"],
  queryFn: () => body(client.GET("/api/v1/session/password_rules")),
});

/** A change of rights; what was read of them is read again. */
export function useChange<Input>(change: (input: Input) => Promise<unknown>, forget = forgetAccess) {
  return useMutation({
    mutationFn: async (input: Input) => {
      await change(input);
    },
    onSuccess: forget,
  });
}

export const saveProfile = ({ name, ...input }: { name: string; label: Schemas["Words"]; rights: Rights }) =>
  client.PUT("/api/v1/access/profiles/{name}", { params: { path: { name } }, body: input });
export const dropProfile = (name: string) =>
  client.DELETE("/api/v1/access/profiles/{name}", { params: { path: { name } } });

export const saveRole = ({ name, ...input }: { name: string } & Schemas["RoleInput"]) =>
  client.PUT("/api/v1/access/roles/{name}", { params: { path: { name } }, body: input });
export const dropRole = (name: string) => client.DELETE("/api/v1/access/roles/{name}", { params: { path: { name } } });

export const saveGroup = ({ id, ...input }: { id?: number } & GroupInput) =>
  id === undefined
    ? client.POST("/api/v1/access/groups", { body: input })
    : client.PUT("/api/v1/access/groups/{id}", { params: { path: { id } }, body: input });
export const dropGroup = (id: number) => client.DELETE("/api/v1/access/groups/{id}", { params: { path: { id } } });

export const saveSharingRule = ({ id, ...input }: { id?: number } & SharingRuleInput) =>
  id === undefined
    ? client.POST("/api/v1/access/sharing_rules", { body: input })
    : client.PUT("/api/v1/access/sharing_rules/{id}", { params: { path: { id } }, body: input });
export const dropSharingRule = (id: number) =>
  client.DELETE("/api/v1/access/sharing_rules/{id}", { params: { path: { id } } });

export const saveAccessDefault = ({ object, access }: { object: string; access: AccessDefault }) =>
  client.PUT("/api/v1/access/defaults/{object}", { params: { path: { object } }, body: { access } });

export const savePasswordRules = (rules: PasswordRules) => client.PUT("/api/v1/access/password_rules", { body: rules });

export const endSessionsOf = (id: number) =>
  client.DELETE("/api/v1/access/users/{id}/sessions", { params: { path: { id } } });
export const resetTotpOf = (id: number) =>
  client.DELETE("/api/v1/access/users/{id}/totp", { params: { path: { id } } });
export const logInAs = ({ id, reason }: { id: number; reason: string }) =>
  body(client.POST("/api/v1/access/users/{id}/log_in_as", { params: { path: { id } }, body: { reason } }));
