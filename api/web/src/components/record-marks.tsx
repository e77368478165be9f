// The reader's own marks on a record (favourite, following), and the tags everybody sees.
import { BellFilled, BellOutlined, PlusOutlined, StarFilled, StarOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { companionsQuery, type Mark, type Place, tagsQuery, useMark, useSetTags } from "@/api/companions";
import { problemText } from "./problem-notice";
import styles from "./record-marks.module.css";
import { toast } from "./toast";

export function RecordMarks({ place }: { place: Place }) {
  return (
    <>
      <MarkButton place={place} mark="favourite" on={<StarFilled aria-hidden />} off={<StarOutlined aria-hidden />} />
      <MarkButton place={place} mark="follow" on={<BellFilled aria-hidden />} off={<BellOutlined aria-hidden />} />
    </>
  );
}

function MarkButton({ place, mark, on, off }: { place: Place; mark: Mark; on: React.ReactNode; off: React.ReactNode }) {
  const { t } = useTranslation();
  const companions = useQuery(companionsQuery(place)).data;
  const save = useMark(place, mark);
  const marked = companions?.[mark === "follow" ? "followed" : "favourite"] ?? false;
  const label = t(`mark.${mark}.${marked ? "on" : "off"}`);
  return (
    <Button
      icon={marked ? <span className={styles.marked}>{on}</span> : off}
      aria-label={t(`mark.${mark}.name`)}
      aria-pressed={marked}
      title={label}
      disabled={!companions}
      onClick={() => save.mutate(!marked, { onError: (error) => toast.error(problemText(error, t)) })}
    />
  );
}

export function RecordTags({ place, mayChange }: { place: Place; mayChange: boolean }) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const companions = useQuery(companionsQuery(place)).data;
  const known = useQuery({ ...tagsQuery, enabled: editing });
  const save = useSetTags(place);
  const [typed, setTyped] = useState("");
  const tags = companions?.tags ?? [];
  const set = (next: string[]) => save.mutate(next, { onError: (error) => toast.error(problemText(error, t)) });

  // Tab and Escape leave; the list would take its first entry for Tab.
  const leave = (event: React.KeyboardEvent) => {
    if (event.key !== "Tab" && event.key !== "Escape") return;
    event.stopPropagation();
    if (event.key === "Tab" && typed.trim() !== "") set([...tags, typed.trim()]);
    setEditing(false);
  };

  if (editing) {
    return (
      <Select
        mode="tags"
        autoFocus
        defaultOpen
        aria-label={t("tag.edit")}
        placeholder={t("tag.placeholder")}
        className={styles.picker}
        size="small"
        tokenSeparators={[",", "，"]}
        value={tags}
        options={(known.data ?? []).map(({ tag }) => ({ value: tag, label: tag }))}
        defaultActiveFirstOption={false}
        showSearch={{ onSearch: setTyped }}
        onInputKeyDown={leave}
        onChange={set}
        onBlur={() => setEditing(false)}
      />
    );
  }
  return (
    <span className={styles.tags}>
      {tags.map((tag) => (
        <Link key={tag} to="/tags/$tag" params={{ tag }} className={styles.tag}>
          # {tag}
        </Link>
      ))}
      {mayChange && companions && (
        <Button
          type="text"
          size="small"
          className={styles.add}
          icon={<PlusOutlined aria-hidden />}
          onClick={() => setEditing(true)}
        >
          {tags.length === 0 ? t("tag.add") : t("tag.edit")}
        </Button>
      )}
    </span>
  );
}
