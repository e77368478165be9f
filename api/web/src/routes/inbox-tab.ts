// The parts of the inbox, as its address names them.

export type InboxTab = "approvals" | "mentions" | "notices";
