// What the server says when it refuses: problem+json (RFC 9457) as an error with the parts a page acts on.

export interface FieldProblem {
  field: string;
  code?: string;
  message: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: FieldProblem[];
  readonly traceId: string | undefined;

  constructor(status: number, code: string, message: string, fields: FieldProblem[] = [], traceId?: string) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.traceId = traceId;
  }

  static async from(response: Response): Promise<Problem> {
    const body: unknown = await response.json().catch(() => null);
    const read = (key: string): string | undefined => {
      const value = body && typeof body === "object" ? (body as Record<string, unknown>)[key] : undefined;
      return typeof value === "string" && value !== "" ? value : undefined;
    };
    const message = read("message") ?? read("detail") ?? read("title") ?? "";
    return new Problem(
      response.status,
      read("code") ?? `http_${response.status}`,
      message,
      fieldProblems(body, message),
      read("trace_id"),
    );
  }

  static unreachable(): Problem {
    return new Problem(0, "unreachable", "The server does not answer");
  }
}

function fieldProblems(body: unknown, message: string): FieldProblem[] {
  if (!body || typeof body !== "object") return [];
  const { errors, field } = body as { errors?: unknown; field?: unknown };
  const listed = Array.isArray(errors)
    ? errors.filter(
        (e): e is FieldProblem => !!e && typeof e.field === "string" && typeof e.message === "string" && e.field !== "",
      )
    : [];
  if (listed.length === 0 && typeof field === "string" && field !== "") return [{ field, message }];
  return listed;
}
