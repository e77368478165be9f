// The navigation on a narrow screen.
import { Drawer } from "antd";
import type { ReactNode } from "react";
import { Logo } from "./logo";

export default function NavigationDrawer({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  return (
    <Drawer open placement="left" size={272} title={<Logo />} onClose={onClose} styles={{ body: { padding: 0 } }}>
      {children}
    </Drawer>
  );
}
