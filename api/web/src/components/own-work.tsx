// On the home page: one's open tasks, favourites, and tags; only what there is.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { markedQuery, tagsQuery } from "@/api/companions";
import { useDictionary } from "@/api/meta";
import { shortListQuery } from "@/api/records";
import { useUser } from "@/api/session";
import type { MetaObject } from "@/api/types";
import { useLocale } from "@/i18n";
import { fieldOf, labelWithin } from "@/model/dictionary";
import { formatDate } from "@/model/format";
import { localDay } from "@/model/forms";
import { Bones } from "./bones";
import { NamedList } from "./named-list";
import styles from "./own-work.module.css";
import { Panel } from "./page";
import { problemText } from "./problem-notice";
import marks from "./record-marks.module.css";

const SHOWN = 8;

export default function OwnWork() {
  const task = useDictionary().byName("task");
  return (
    <div className={styles.columns}>
      {task?.rights.read && <OwnTasks object={task} />}
      <Favourites />
      <Tags />
    </div>
  );
}

function OwnTasks({ object }: { object: MetaObject }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const user = useUser();
  const today = localDay(new Date());
  const filter = {
    all: [
      { field: "owner", op: "eq" as const, value: user.id },
      { field: "status", op: "eq" as const, value: "open" },
    ],
  };
  const tasks = useQuery(
    shortListQuery({
      resource: object.resource,
      filter,
      fields: [object.title, "due_on"],
      sort: fieldOf(object, "due_on") ? "due_on" : undefined,
      size: SHOWN,
      count: true,
    }),
  );
  return (
    <Panel
      title={t("home.tasks")}
      extra={
        <Link to="/$resource" params={{ resource: object.resource }} search={{ filter }}>
          {t("related.showAll")}
        </Link>
      }
    >
      {tasks.isPending ? (
        <Bones lines={3} />
      ) : tasks.isError ? (
        <p className="muted">{problemText(tasks.error, t)}</p>
      ) : tasks.data.items.length === 0 ? (
        <p className="muted">{t("related.empty", { objects: labelWithin(object.label_plural, locale) })}</p>
      ) : (
        <ul className={styles.tasks}>
          {tasks.data.items.map((task) => {
            const due = String(task.due_on ?? "");
            return (
              <li key={task.id}>
                <Link to="/$resource/$id" params={{ resource: object.resource, id: String(task.id) }}>
                  {String(task[object.title])}
                </Link>
                <span className="number" data-late={due !== "" && due < today}>
                  {formatDate(task.due_on, locale)}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}

function Favourites() {
  const { t } = useTranslation();
  const favourites = useQuery(markedQuery("favourite"));
  return (
    <Panel title={t("home.favourites")}>
      {favourites.isPending ? (
        <Bones lines={3} />
      ) : favourites.isError ? (
        <p className="muted">{problemText(favourites.error, t)}</p>
      ) : favourites.data.length === 0 ? (
        <p className="muted">{t("home.favouritesNone")}</p>
      ) : (
        <NamedList items={favourites.data.slice(0, SHOWN)} />
      )}
    </Panel>
  );
}

function Tags() {
  const { t } = useTranslation();
  const locale = useLocale();
  const tags = useQuery(tagsQuery).data ?? [];
  if (tags.length === 0) return null;
  return (
    <Panel title={t("home.tags")}>
      <span className={marks.tags}>
        {tags.map(({ tag, records }) => (
          <Link key={tag} to="/tags/$tag" params={{ tag }} className={marks.tag}>
            # {tag} <span className="muted number">{records.toLocaleString(locale)}</span>
          </Link>
        ))}
      </span>
    </Panel>
  );
}
