// What stands while a page is on its way.
import { Bones } from "./bones";
import styles from "./page.module.css";

export function PageSkeleton() {
  return (
    <div className={styles.page} aria-busy="true">
      <Bones lines={1} width="220px" height={24} />
      <div style={{ height: 18 }} />
      <Bones lines={8} />
    </div>
  );
}
