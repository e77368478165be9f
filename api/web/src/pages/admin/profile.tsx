// The matrix of a profile: a row an object, a column an action, and what is hidden of its fields.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button, Checkbox, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ObjectRights, type Profile, profilesQuery, type RowScope, saveProfile, useChange } from "@/api/access";
import { useDictionary } from "@/api/meta";
import type { MetaObject } from "@/api/types";
import { Bones } from "@/components/bones";
import { busy } from "@/components/busy";
import { NotFound } from "@/components/not-found";
import { Page, Panel } from "@/components/page";
import { ProblemNotice, problemText } from "@/components/problem-notice";
import { toast } from "@/components/toast";
import { useLocale } from "@/i18n";
import { isSystemField, labelIn } from "@/model/dictionary";
import styles from "./shell.module.css";

const route = getRouteApi("/shell/admin/profiles/$name");
const ACTIONS = ["read", "create", "update", "delete", "import", "export", "approve", "share"] as const;
const SCOPES: RowScope[] = ["none", "own", "subordinates", "department", "department_tree", "all"];

export function ProfilePage() {
  const { name } = route.useParams();
  const profiles = useQuery(profilesQuery);
  if (profiles.isPending) return <Bones lines={8} />;
  if (profiles.isError) return <ProblemNotice error={profiles.error} retry={() => void profiles.refetch()} />;
  const profile = profiles.data.find((one) => one.name === name);
  return profile ? <Matrix key={name} profile={profile} /> : <NotFound />;
}

function Matrix({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const dictionary = useDictionary();
  const save = useChange(saveProfile);
  const [rights, setRights] = useState(profile.rights);
  const [object, setObject] = useState<MetaObject>();
  const changed = JSON.stringify(rights) !== JSON.stringify(profile.rights);
  const of = (name: string): ObjectRights => rights.objects?.[name] ?? {};
  const change = (name: string, part: ObjectRights) =>
    setRights({ ...rights, objects: { ...rights.objects, [name]: { ...of(name), ...part } } });

  const store = async () => {
    try {
      await save.mutateAsync({ name: profile.name, label: profile.label, rights });
      toast.success(t("profiles.saved"));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  return (
    <Page
      title={labelIn(profile.label, locale)}
      sub={profile.rights.admin ? t("users.all") : t("profiles.matrixLead")}
      above={<Link to="/admin/profiles">{t("admin.page.profiles")}</Link>}
      actions={
        !profile.rights.admin && (
          <>
            <Button disabled={!changed} onClick={() => setRights(profile.rights)}>
              {t("form.cancel")}
            </Button>
            <Button type="primary" disabled={!changed} loading={busy(save.isPending)} onClick={() => void store()}>
              {t("record.save")}
            </Button>
          </>
        )
      }
    >
      {!profile.rights.admin && (
        <Panel flush>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
          <section className={styles.matrix} tabIndex={0} aria-label={t("profiles.matrix")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("admin.object")}</th>
                  {ACTIONS.map((action) => (
                    <th key={action} scope="col">
                      {t(`right.${action}`)}
                    </th>
                  ))}
                  <th scope="col">{t("admin.rows")}</th>
                  <th scope="col">{t("profiles.fields")}</th>
                </tr>
              </thead>
              <tbody>
                {dictionary.objects.map((one) => {
                  const label = labelIn(one.label, locale);
                  const given = of(one.name);
                  const fields = (given.hidden?.length ?? 0) + (given.readonly?.length ?? 0);
                  return (
                    <tr key={one.name}>
                      <td>{label}</td>
                      {ACTIONS.map((action) => (
                        <td key={action}>
                          <Checkbox
                            aria-label={`${label}: ${t(`right.${action}`)}`}
                            checked={given[action] === true}
                            onChange={(event) => change(one.name, { [action]: event.target.checked })}
                          />
                        </td>
                      ))}
                      <td>
                        <Select<RowScope>
                          size="small"
                          aria-label={`${label}: ${t("admin.rows")}`}
                          style={{ width: 150 }}
                          value={given.rows ?? "none"}
                          options={SCOPES.map((scope) => ({ value: scope, label: t(`scope.${scope}`) }))}
                          onChange={(rows) => change(one.name, { rows })}
                        />
                      </td>
                      <td>
                        <Button
                          size="small"
                          type={fields > 0 ? "default" : "text"}
                          aria-label={`${label}: ${t("profiles.fields")}`}
                          onClick={() => setObject(one)}
                        >
                          {fields > 0 ? t("profiles.limited", { count: fields }) : t("profiles.allFields")}
                        </Button>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </section>
        </Panel>
      )}
      {object && (
        <FieldRights
          key={object.name}
          object={object}
          rights={of(object.name)}
          onChange={(part) => change(object.name, part)}
          close={() => setObject(undefined)}
        />
      )}
    </Page>
  );
}

function FieldRights({
  object,
  rights,
  onChange,
  close,
}: {
  object: MetaObject;
  rights: ObjectRights;
  onChange: (part: ObjectRights) => void;
  close: () => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const options = object.fields
    .filter((field) => !isSystemField(field))
    .map((field) => ({ value: field.name, label: labelIn(field.label, locale) }));
  const picker = (key: "hidden" | "readonly") => (
    <div style={{ display: "grid", gap: 4 }}>
      <span aria-hidden>{t(`profiles.${key}`)}</span>
      <Select
        mode="multiple"
        aria-label={t(`profiles.${key}`)}
        showSearch={{ optionFilterProp: "label" }}
        value={rights[key] ?? []}
        options={options}
        onChange={(names: string[]) => onChange({ [key]: names })}
      />
    </div>
  );
  return (
    <Panel
      className="spaced"
      title={t("profiles.fieldsOf", { object: labelIn(object.label, locale) })}
      extra={
        <Button size="small" onClick={close}>
          {t("admin.close")}
        </Button>
      }
    >
      <div style={{ display: "grid", gap: 14 }}>
        {picker("hidden")}
        {picker("readonly")}
      </div>
    </Panel>
  );
}
