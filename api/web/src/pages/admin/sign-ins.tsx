// Who tried to sign in, from where, and how it ended.
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { signInsQuery } from "@/api/access";
import { AdminList } from "@/components/admin/admin-list";
import { SIGN_IN_COLUMNS } from "@/components/sign-in-columns";
import { useLocale } from "@/i18n";

export function SignIns() {
  const { t } = useTranslation();
  const locale = useLocale();
  const [before, setBefore] = useState<number>();
  const found = useQuery(signInsQuery(before));
  const last = found.data?.at(-1)?.id;
  return (
    <AdminList
      title={t("admin.page.signIns")}
      lead={t("signIns.lead")}
      found={found}
      rowKey={(row) => row.id}
      teach={t("signIns.lead")}
      columns={[{ key: "login", title: t("signIn.login"), cell: (row) => row.login }, ...SIGN_IN_COLUMNS(t, locale)]}
    >
      <div style={{ display: "flex", gap: 8, marginTop: 12 }}>
        {before !== undefined && <Button onClick={() => setBefore(undefined)}>{t("signIns.latest")}</Button>}
        {last !== undefined && <Button onClick={() => setBefore(last)}>{t("activity.earlier")}</Button>}
      </div>
    </AdminList>
  );
}
