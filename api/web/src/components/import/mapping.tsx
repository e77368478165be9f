// What every column of the file means; guessed from its header, changed by hand.
import { Alert, Button, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ImportInput } from "@/api/imports";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import { guessMapping, importTargets, missingTargets } from "@/model/import-mapping";
import { busy } from "../busy";
import { DataTable } from "../data-table";
import { Panel } from "../page";

interface ImportMappingProps {
  object: MetaObject;
  file: File;
  headers: string[];
  /** From before, when one comes back to it. */
  mapping: Record<string, string> | undefined;
  starting: boolean;
  check: (input: Omit<ImportInput, "dryRun">) => void;
  back: () => void;
}

export function ImportMapping({ object, file, headers, mapping: before, starting, check, back }: ImportMappingProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const targets = useMemo(() => importTargets(dictionary, object, locale), [dictionary, object, locale]);
  const [mapping, setMapping] = useState(() => before ?? guessMapping(headers, targets));
  const keys = object.fields.filter((field) => field.unique && Object.values(mapping).includes(field.key));
  const [upsertKey, setUpsertKey] = useState<string>();
  const missing = missingTargets(mapping, targets);
  const taken = (header: string) =>
    new Set(headers.filter((other) => other !== header).map((other) => mapping[other] ?? ""));

  return (
    <>
      <Panel flush title={file.name}>
        <DataTable
          label={t("import.step.columns")}
          rows={headers}
          rowKey={(header) => header}
          columns={[
            { key: "header", title: t("import.column"), cell: (header) => <strong>{header}</strong> },
            {
              key: "target",
              title: t("import.means"),
              cell: (header) => (
                <Select
                  aria-label={t("import.meansOf", { header })}
                  style={{ width: 300 }}
                  showSearch={{ optionFilterProp: "label" }}
                  value={mapping[header]}
                  options={[
                    { value: "", label: t("import.leaveOut") },
                    ...targets
                      .filter(({ name }) => !taken(header).has(name))
                      .map(({ name, label, required }) => ({ value: name, label: required ? `${label} *` : label })),
                  ]}
                  onChange={(name) => setMapping({ ...mapping, [header]: name })}
                />
              ),
            },
          ]}
        />
      </Panel>
      <Panel className="spaced">
        <label htmlFor="upsert-key">{t("import.match")}</label>
        <Select
          id="upsert-key"
          style={{ display: "flex", maxWidth: 420, margin: "6px 0 4px" }}
          value={upsertKey ?? ""}
          options={[
            { value: "", label: t("import.onlyNew") },
            ...keys.map((field) => ({
              value: field.name,
              label: t("import.matchBy", { field: labelIn(field.label, locale) }),
            })),
          ]}
          onChange={(name) => setUpsertKey(name || undefined)}
        />
        <p className="muted">{t("import.matchText")}</p>
        {missing.length > 0 && (
          <Alert
            type="warning"
            showIcon
            style={{ marginTop: 12 }}
            title={t("import.missing", { fields: missing.map(({ field }) => labelIn(field.label, locale)).join(", ") })}
          />
        )}
      </Panel>
      <div style={{ display: "flex", gap: 8, justifyContent: "flex-end", marginTop: 16 }}>
        <Button onClick={back}>{t("import.other")}</Button>
        <Button
          type="primary"
          disabled={missing.length > 0}
          loading={busy(starting)}
          onClick={() => check({ file, mapping, upsertKey })}
        >
          {t("import.check")}
        </Button>
      </div>
    </>
  );
}
