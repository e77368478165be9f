// A text box that sends with Ctrl or ⌘ + Enter; in comments, @ offers people by name.
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Mentions } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { shortListQuery } from "@/api/records";
import { busy } from "../busy";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./activity.module.css";

interface WriterProps {
  label: string;
  submit: string;
  hint?: string | undefined;
  start?: string;
  mentions?: boolean;
  /** Throws Problem when the server refuses; the text stays then. */
  save: (body: string) => Promise<void>;
  cancel?: () => void;
}

export function Writer({ label, submit, hint, start = "", mentions, save, cancel }: WriterProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(start);
  const [saving, setSaving] = useState(false);

  const send = async () => {
    if (text.trim() === "" || saving) return;
    setSaving(true);
    try {
      await save(text.trim());
      setText("");
    } catch (error) {
      toast.error(problemText(error, t));
    } finally {
      setSaving(false);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void send();
    if (event.key === "Escape") cancel?.();
  };

  return (
    <div className={styles.write}>
      {mentions ? (
        <PeopleBox label={label} text={text} onChange={setText} onKeyDown={onKeyDown} />
      ) : (
        <Input.TextArea
          aria-label={label}
          placeholder={label}
          autoSize={{ minRows: 2, maxRows: 12 }}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
      )}
      <div>
        {hint && <span className={styles.hint}>{hint}</span>}
        {cancel && (
          <Button size="small" onClick={cancel}>
            {t("form.cancel")}
          </Button>
        )}
        <Button
          size="small"
          type="primary"
          disabled={text.trim() === ""}
          loading={busy(saving)}
          onClick={() => void send()}
        >
          {submit}
        </Button>
      </div>
    </div>
  );
}

function PeopleBox({
  label,
  text,
  onChange,
  onKeyDown,
}: {
  label: string;
  text: string;
  onChange: (text: string) => void;
  onKeyDown: (event: React.KeyboardEvent) => void;
}) {
  const [asked, setAsked] = useState<string>();
  const people = useQuery({
    ...shortListQuery({ resource: "users", q: asked, size: 12, fields: ["login", "name"] }),
    enabled: asked !== undefined,
  });
  return (
    <Mentions
      aria-label={label}
      placeholder={label}
      autoSize={{ minRows: 2, maxRows: 12 }}
      filterOption={false}
      loading={people.isFetching}
      value={text}
      onChange={onChange}
      onSearch={setAsked}
      onKeyDown={onKeyDown}
      options={(people.data?.items ?? []).map((person) => ({
        key: String(person.id),
        value: String(person.login),
        label: `${person.name} · ${person.login}`,
      }))}
    />
  );
}
