// Records of any kind by their title, each with the icon and name of its kind.
import { Link } from "@tanstack/react-router";
import type { Named } from "@/api/companions";
import { useDictionary } from "@/api/meta";
import { useLocale } from "@/i18n";
import { labelIn } from "@/model/dictionary";
import styles from "./named-list.module.css";
import { iconOf } from "./object-icon";

export function NamedList({ items }: { items: Named[] }) {
  const dictionary = useDictionary();
  const locale = useLocale();
  return (
    <ul className={styles.list}>
      {items.map((item) => {
        const object = dictionary.byName(item.object);
        return (
          <li key={`${item.object} ${item.id}`}>
            <Link to="/$resource/$id" params={{ resource: item.resource, id: String(item.id) }} className={styles.link}>
              <span className={styles.icon}>{iconOf(item.object)}</span>
              <span className={styles.title}>{item.title}</span>
              <span className="muted">{object ? labelIn(object.label, locale) : item.object}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
