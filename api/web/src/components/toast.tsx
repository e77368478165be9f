// Short notices at the foot of the page, told to screen readers, gone after a while.
import { CloseOutlined } from "@ant-design/icons";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import styles from "./toast.module.css";

interface Toast {
  id: number;
  kind: "good" | "bad";
  text: string;
  action?: { label: string; run: () => void };
}

const SHORT_MS = 4_000;
const LONG_MS = 9_000;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function drop(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

function show(toast: Omit<Toast, "id">): void {
  const id = nextId++;
  set([...toasts, { ...toast, id }]);
  setTimeout(() => drop(id), toast.kind === "bad" || toast.action ? LONG_MS : SHORT_MS);
}

export const toast = {
  success: (text: string, action?: Toast["action"]) => show({ kind: "good", text, ...(action ? { action } : {}) }),
  error: (text: string) => show({ kind: "bad", text }),
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={styles.stack} role="status" aria-live="polite">
      {shown.map(({ id, kind, text, action }) => (
        <div key={id} className={styles.toast} data-kind={kind}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              className={styles.action}
              onClick={() => {
                drop(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" className={styles.close} aria-label={t("toast.close")} onClick={() => drop(id)}>
            <CloseOutlined />
          </button>
        </div>
      ))}
    </div>
  );
}
