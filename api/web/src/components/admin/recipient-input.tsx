// Whom a rule or a step of approval means: people, or whoever stands in a field of the record, or their manager.
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { rolesQuery } from "@/api/access";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { usePartyNames } from "../pickers";

/** As the API writes it: `{"party":"user:7"}`, `{"role":…}`, `{"field":"owner"}`, `{"manager_of":{…}}`. */
export type Recipient = Record<string, unknown>;

const FROM_RECORD: Recipient[] = [
  { field: "owner" },
  { manager_of: { field: "owner", levels: 1 } },
  { manager_of: { field: "owner", levels: 2 } },
];

function useRecipients() {
  const { t } = useTranslation();
  const locale = useLocale();
  const parties = usePartyNames();
  const roles = useQuery(rolesQuery).data ?? [];
  const option = (recipient: Recipient, label: string) => ({ value: JSON.stringify(recipient), label });
  return [
    {
      label: t("recipient.record"),
      options: FROM_RECORD.map((recipient, at) =>
        option(recipient, t(`recipient.${["owner", "manager", "above"][at]}`)),
      ),
    },
    {
      label: t("recipient.people"),
      options: [...parties].map(([party, name]) => option({ party }, name)),
    },
    {
      label: t("admin.page.roles"),
      options: roles.map((role) => option({ role: role.name }, labelIn(role.label, locale))),
    },
  ];
}

interface InputProps<Value> {
  id?: string;
  value?: Value;
  onChange?: (value: Value | undefined) => void;
}

export function RecipientsInput({ id, value, onChange }: InputProps<Recipient[]>) {
  const { t } = useTranslation();
  return (
    <Select
      id={id}
      mode="multiple"
      placeholder={t("rules.to")}
      showSearch={{ optionFilterProp: "label" }}
      value={(value ?? []).map((recipient) => JSON.stringify(recipient))}
      options={useRecipients()}
      onChange={(chosen: string[]) => onChange?.(chosen.map((one) => JSON.parse(one) as Recipient))}
    />
  );
}

export function RecipientInput({ id, value, onChange }: InputProps<Recipient>) {
  const { t } = useTranslation();
  return (
    <Select
      id={id}
      placeholder={t("rules.to")}
      showSearch={{ optionFilterProp: "label" }}
      value={value && !Array.isArray(value) ? JSON.stringify(value) : undefined}
      options={useRecipients()}
      onChange={(chosen?: string) => onChange?.(chosen ? (JSON.parse(chosen) as Recipient) : undefined)}
    />
  );
}
