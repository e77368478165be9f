// The one HTTP client: typed by the server's OpenAPI document, sends the CSRF token and the language, throws Problem.
import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema";

let csrf = "";
let language = "en";
let onSignedOut: () => void = () => {};

export function setCsrf(token: string): void {
  csrf = token;
}

export function setRequestLanguage(locale: string): void {
  language = locale;
}

/** Called when the server no longer knows the session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

function requestHeaders(method: string): Record<string, string> {
  const headers: Record<string, string> = { "Accept-Language": language };
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  return headers;
}

const sessionAndErrors: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(requestHeaders(request.method))) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) return response;
    const problem = await Problem.from(response);
    // A wrong code or password is refused with 401, too, but says so by its own name.
    const signedOut = response.status === 401 && problem.code === "unauthenticated";
    if (signedOut && schemaPath !== "/api/v1/session") onSignedOut();
    throw problem;
  },
  onError() {
    return Problem.unreachable();
  },
};

export const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
client.use(sessionAndErrors);

/** The body of an answer that the middleware has already found to be a success. */
export async function body<T>(answer: Promise<{ data?: T; response: Response }>): Promise<T> {
  const { data } = await answer;
  return data as T;
}
