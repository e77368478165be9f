// Table, board or calendar: whichever the object's fields allow.
import { AppstoreOutlined, CalendarOutlined, TableOutlined } from "@ant-design/icons";
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import type { MetaObject } from "@/api/types";
import { dayField, stageField } from "@/model/forms";
import type { ListForm } from "@/routes/list-search";

export default function FormSwitch({
  object,
  value,
  onChange,
}: {
  object: MetaObject;
  value: ListForm | undefined;
  onChange: (form: ListForm | undefined) => void;
}) {
  const { t } = useTranslation();
  const forms = [
    { value: "table" as const, icon: <TableOutlined />, offered: true },
    { value: "board" as const, icon: <AppstoreOutlined />, offered: stageField(object) !== undefined },
    { value: "calendar" as const, icon: <CalendarOutlined />, offered: dayField(object) !== undefined },
  ].filter((form) => form.offered);
  if (forms.length < 2) return null;
  return (
    <Segmented<ListForm | "table">
      aria-label={t("form.as")}
      value={value ?? "table"}
      onChange={(form) => onChange(form === "table" ? undefined : form)}
      options={forms.map((form) => ({
        value: form.value,
        icon: <span aria-hidden>{form.icon}</span>,
        label: <span className="visually-hidden">{t(`form.${form.value}`)}</span>,
        title: t(`form.${form.value}`),
      }))}
    />
  );
}
