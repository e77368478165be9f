// What the administration is made of.

export const sections = [
  {
    key: "people",
    pages: [
      { to: "/admin/users", name: "users" },
      { to: "/admin/departments", name: "departments" },
      { to: "/admin/groups", name: "groups" },
    ],
  },
  {
    key: "access",
    pages: [
      { to: "/admin/profiles", name: "profiles" },
      { to: "/admin/roles", name: "roles" },
      { to: "/admin/sharing", name: "sharing" },
    ],
  },
  {
    key: "data",
    pages: [
      { to: "/admin/objects", name: "objects" },
      { to: "/admin/option-sets", name: "optionSets" },
    ],
  },
  {
    key: "flow",
    pages: [
      { to: "/admin/rules", name: "rules" },
      { to: "/admin/flows", name: "flows" },
      { to: "/admin/webhooks", name: "webhooks" },
    ],
  },
  {
    key: "system",
    pages: [
      { to: "/admin/imports", name: "imports" },
      { to: "/admin/sign-ins", name: "signIns" },
      { to: "/admin/security", name: "security" },
    ],
  },
] as const;
