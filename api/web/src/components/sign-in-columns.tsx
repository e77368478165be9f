// What is told of a sign-in: when, from where, with what, and how it ended.
import type { TFunction } from "i18next";
import type { SignInRecord } from "@/api/access";
import type { Locale } from "@/api/types";
import { formatDateTime } from "@/model/format";
import type { DataColumn } from "./data-table";
import { Pill } from "./pill";

export function SIGN_IN_COLUMNS(t: TFunction, locale: Locale): DataColumn<SignInRecord>[] {
  return [
    { key: "at", title: t("signIns.at"), cell: (row) => formatDateTime(row.at, locale) },
    {
      key: "outcome",
      title: t("signIns.outcome"),
      cell: (row) => (
        <Pill colour={row.outcome === "ok" ? "green" : "red"}>
          {t(`signIns.is.${row.outcome}`, { defaultValue: row.outcome })}
        </Pill>
      ),
    },
    { key: "ip", title: t("signIns.from"), cell: (row) => row.ip },
    {
      key: "agent",
      title: t("signIns.with"),
      cell: (row) => <span title={row.user_agent ?? undefined}>{row.user_agent?.slice(0, 60)}</span>,
    },
    { key: "note", title: t("signIns.note"), cell: (row) => row.note },
  ];
}
