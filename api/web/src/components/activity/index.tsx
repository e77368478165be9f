// What goes on around a record: everything in one feed, or only comments, notes or files.
import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { companionsQuery, filesQuery, type Place, remarksQuery } from "@/api/companions";
import type { CrmRecord, MetaObject } from "@/api/types";
import { Panel } from "../page";
import styles from "./activity.module.css";
import { Files } from "./files";
import { Remarks } from "./remarks";
import { Timeline } from "./timeline";

type View = "timeline" | "comments" | "notes" | "files";

export default function Activity({ object, record }: { object: MetaObject; record: CrmRecord }) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>("timeline");
  const place: Place = { resource: object.resource, id: record.id };
  const counts = {
    comments: useQuery(remarksQuery(place, "comments")).data?.length,
    notes: useQuery(remarksQuery(place, "notes")).data?.length,
    files: useQuery(filesQuery(place)).data?.length,
  };
  const followers = useQuery(companionsQuery(place)).data?.followers ?? [];
  const label = (name: keyof typeof counts) => (
    <>
      {t(`activity.${name}`)}
      {counts[name] ? <span className={styles.count}>{counts[name]}</span> : null}
    </>
  );

  return (
    <Panel title={t("activity.title")}>
      <Segmented<View>
        size="small"
        className={styles.views}
        value={view}
        onChange={setView}
        options={[
          { value: "timeline", label: t("activity.timeline") },
          { value: "comments", label: label("comments") },
          { value: "notes", label: label("notes") },
          { value: "files", label: label("files") },
        ]}
      />
      {view === "timeline" && <Timeline object={object} place={place} />}
      {view === "comments" && <Remarks kind="comments" place={place} mayWrite />}
      {view === "notes" && <Remarks kind="notes" place={place} mayWrite={object.rights.update} />}
      {view === "files" && <Files place={place} mayChange={object.rights.update} />}
      {followers.length > 0 && (
        <p className={styles.followers}>
          {t("activity.followers", { names: followers.map((f) => f.name).join(", ") })}
        </p>
      )}
    </Panel>
  );
}
