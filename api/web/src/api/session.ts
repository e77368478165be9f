// Who is signed in: read, sign in and out, language.
import { queryOptions, useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { body, client, setCsrf } from "./client";
import { Problem } from "./problem";
import { queryClient } from "./query-client";
import type { Locale, Session, SessionUser } from "./types";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await body(client.GET("/api/v1/session"));
      setCsrf(session.csrf);
      return session;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
});

/** The signed-in user; only used inside the shell, where there is one. */
export function useUser(): SessionUser {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!data) throw new Problem(401, "signed_out", "Signed out");
  return data.user;
}

export function useIsAdmin(): boolean {
  const { data } = useSuspenseQuery(sessionQuery);
  return (data?.rights as { admin?: boolean } | undefined)?.admin === true;
}

export interface Credentials {
  login: string;
  password: string;
  /** Of the second factor, once the server has asked for it. */
  code?: string;
}

export function useSignIn() {
  return useMutation({
    mutationFn: async (input: Credentials) => {
      const answer = await body(client.POST("/api/v1/session", { body: input }));
      setCsrf(answer.csrf);
      return answer;
    },
    onSuccess: async () => {
      queryClient.clear();
      await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    },
  });
}

export async function signOut(): Promise<void> {
  await client.DELETE("/api/v1/session");
  setCsrf("");
  queryClient.clear();
}

export async function saveLocale(locale: Locale): Promise<void> {
  await client.PATCH("/api/v1/session", { body: { locale } });
}
