// JSON as text; handed on only while it can be read.
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export function JsonInput({
  id,
  value,
  onChange,
}: {
  id?: string | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  const [broken, setBroken] = useState(false);

  const change = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === "" ? undefined : JSON.parse(next));
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };

  return (
    <>
      <Input.TextArea
        id={id}
        autoSize={{ minRows: 3, maxRows: 16 }}
        style={{ fontFamily: "var(--mono)" }}
        status={broken ? "error" : ""}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      {broken && <div style={{ color: "var(--danger)" }}>{t("form.json")}</div>}
    </>
  );
}
