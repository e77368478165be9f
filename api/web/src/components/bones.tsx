// Skeleton lines in place of content that is loading.
import styles from "./bones.module.css";

const WIDTHS = ["92%", "78%", "86%", "64%", "88%", "72%"];

export function Bones({ lines = 4, width, height = 14 }: { lines?: number; width?: string; height?: number }) {
  return (
    <span aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity
          key={line}
          className={styles.bone}
          style={{ width: width ?? WIDTHS[line % WIDTHS.length], height }}
        />
      ))}
    </span>
  );
}
