// An address that leads nowhere.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "./empty-state";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState
      title={t("notFound.title")}
      text={t("notFound.text")}
      action={<Link to="/">{t("notFound.home")}</Link>}
    />
  );
}
