// Nothing here yet: says what belongs here and how to get it.
import type { ReactNode } from "react";

export function EmptyState({
  icon,
  title,
  text,
  action,
}: {
  icon?: ReactNode;
  title: string;
  text?: string;
  action?: ReactNode;
}) {
  return (
    <div style={{ padding: "44px 24px", textAlign: "center", overflowWrap: "anywhere" }}>
      {icon && (
        <div style={{ marginBottom: 10, color: "var(--muted)", fontSize: 28 }} aria-hidden>
          {icon}
        </div>
      )}
      <div style={{ fontSize: 15, fontWeight: 600 }}>{title}</div>
      {text && <p style={{ maxWidth: 460, margin: "6px auto 0", color: "var(--muted)" }}>{text}</p>}
      {action && <div style={{ marginTop: 16 }}>{action}</div>}
    </div>
  );
}
