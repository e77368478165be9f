// What went wrong and what to do about it.
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { Button } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { EmptyState } from "./empty-state";
import { NotFound } from "./not-found";

/** The sentence for a person: the server's own where it has one. */
export function problemText(error: unknown, t: TFunction): string {
  if (!(error instanceof Problem)) return t("problem.unexpected");
  if (error.status === 0) return t("problem.unreachable");
  return error.message || t("problem.refused", { status: error.status });
}

function advice(error: unknown, t: TFunction): string {
  if (!(error instanceof Problem)) return t("problem.adviceReload");
  if (error.status === 0) return t("problem.adviceUnreachable");
  if (error.status === 403) return t("problem.adviceForbidden");
  if (error.status === 503 || error.code === "lake_lagging") return t("problem.adviceBusy");
  if (error.status >= 500) {
    return error.traceId ? t("problem.adviceTrace", { trace: error.traceId }) : t("problem.adviceReload");
  }
  return "";
}

export function ProblemNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <EmptyState
        title={problemText(error, t)}
        text={advice(error, t)}
        action={retry && <Button onClick={retry}>{t("problem.retry")}</Button>}
      />
    </div>
  );
}

export function RouteProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof Problem && error.status === 404) return <NotFound />;
  return (
    <ProblemNotice
      error={error}
      retry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
