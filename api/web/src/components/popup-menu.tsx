// A button that opens a short menu; arrow keys move in it, Escape and a click elsewhere close it.
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import styles from "./popup-menu.module.css";

export interface MenuItem {
  key: string;
  label: string;
  icon?: ReactNode;
  disabled?: boolean;
  run: () => void;
}

interface PopupMenuProps {
  label: string;
  button: ReactNode;
  heading?: string | undefined;
  items: MenuItem[];
  /** Looks like the buttons beside it; without, the content stands alone. */
  framed?: boolean;
}

export function PopupMenu({ label, button, heading, items, framed }: PopupMenuProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>("[role=menuitem]:not([disabled])")?.focus();
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === "Escape") {
      setOpen(false);
      trigger.current?.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const entries = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not([disabled])") ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    entries[(at + step + entries.length) % entries.length]?.focus();
  };

  return (
    <div className={styles.box} ref={box}>
      <button
        ref={trigger}
        type="button"
        className={framed ? styles.framed : styles.trigger}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div className={styles.menu}>
          {heading && <div className={styles.heading}>{heading}</div>}
          <div id={id} role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKey}>
            {items.map((item) => (
              <button
                key={item.key}
                type="button"
                role="menuitem"
                className={styles.item}
                disabled={item.disabled}
                onClick={() => {
                  setOpen(false);
                  item.run();
                }}
              >
                {item.icon} {item.label}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
