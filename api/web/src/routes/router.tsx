// Every address of the application. Pages are loaded when their route is opened.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { setCsrf, whenSignedOut } from "@/api/client";
import { metaQuery } from "@/api/meta";
import { queryClient } from "@/api/query-client";
import { sessionQuery } from "@/api/session";
import type { Locale } from "@/api/types";
import { NotFound } from "@/components/not-found";
import { PageSkeleton } from "@/components/page-skeleton";
import { RouteProblem } from "@/components/problem-notice";
import { switchLanguage } from "@/i18n";
import type { InboxTab } from "./inbox-tab";
import { validateListSearch } from "./list-search";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteProblem });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { to?: string } =>
    typeof search.to === "string" && search.to.startsWith("/") && !search.to.startsWith("//") ? { to: search.to } : {},
  component: lazyRouteComponent(() => import("@/pages/sign-in"), "SignIn"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: "/sign-in", search: { to: location.href } });
    await switchLanguage(session.user.locale as Locale);
  },
  loader: () => queryClient.ensureQueryData(metaQuery),
  component: lazyRouteComponent(() => import("@/components/shell"), "Shell"),
  errorComponent: RouteProblem,
});

const page = { getParentRoute: () => shell };

const home = createRoute({
  ...page,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/home"), "Home"),
});

const value = createRoute({
  ...page,
  path: "/customer-value",
  component: lazyRouteComponent(() => import("@/pages/customer-value"), "CustomerValue"),
});

const sql = createRoute({
  ...page,
  path: "/sql",
  validateSearch: (search: Record<string, unknown>): { query?: string } =>
    typeof search.query === "string" ? { query: search.query } : {},
  component: lazyRouteComponent(() => import("@/pages/sql-page"), "SqlPage"),
});

const reports = createRoute({
  ...page,
  path: "/reports",
  component: lazyRouteComponent(() => import("@/pages/report-packs"), "ReportPacks"),
});

const tokens = createRoute({
  ...page,
  path: "/access-tokens",
  component: lazyRouteComponent(() => import("@/pages/access-tokens"), "AccessTokens"),
});

const lake = createRoute({
  ...page,
  path: "/lake",
  component: lazyRouteComponent(() => import("@/pages/lake-status"), "LakeStatus"),
});

const tagged = createRoute({
  ...page,
  path: "/tags/$tag",
  component: lazyRouteComponent(() => import("@/pages/tagged"), "Tagged"),
});

const inbox = createRoute({
  ...page,
  path: "/inbox",
  validateSearch: ({ tab }: Record<string, unknown>): { tab?: InboxTab } =>
    tab === "approvals" || tab === "mentions" || tab === "notices" ? { tab } : {},
  component: lazyRouteComponent(() => import("@/pages/inbox"), "Inbox"),
});

const settings = createRoute({
  ...page,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/pages/settings"), "Settings"),
});

const bin = createRoute({
  ...page,
  path: "/recycle-bin",
  /** Of which resource. */
  validateSearch: (search: Record<string, unknown>): { of?: string } =>
    typeof search.of === "string" ? { of: search.of } : {},
  component: lazyRouteComponent(() => import("@/pages/recycle-bin"), "RecycleBin"),
});

const admin = createRoute({
  ...page,
  path: "/admin",
  component: lazyRouteComponent(() => import("@/pages/admin/shell"), "AdminShell"),
});
const within = { getParentRoute: () => admin };

const adminUsers = createRoute({
  ...within,
  path: "/users",
  component: lazyRouteComponent(() => import("@/pages/admin/users"), "Users"),
});
const adminDepartments = createRoute({
  ...within,
  path: "/departments",
  component: lazyRouteComponent(() => import("@/pages/admin/departments"), "Departments"),
});
const adminGroups = createRoute({
  ...within,
  path: "/groups",
  component: lazyRouteComponent(() => import("@/pages/admin/groups"), "Groups"),
});
const adminProfiles = createRoute({
  ...within,
  path: "/profiles",
  component: lazyRouteComponent(() => import("@/pages/admin/profiles"), "Profiles"),
});
const adminProfile = createRoute({
  ...within,
  path: "/profiles/$name",
  component: lazyRouteComponent(() => import("@/pages/admin/profile"), "ProfilePage"),
});
const adminRoles = createRoute({
  ...within,
  path: "/roles",
  component: lazyRouteComponent(() => import("@/pages/admin/roles"), "Roles"),
});
const adminSharing = createRoute({
  ...within,
  path: "/sharing",
  component: lazyRouteComponent(() => import("@/pages/admin/sharing"), "Sharing"),
});
const adminObjects = createRoute({
  ...within,
  path: "/objects",
  component: lazyRouteComponent(() => import("@/pages/admin/objects"), "Objects"),
});
const adminObject = createRoute({
  ...within,
  path: "/objects/$name",
  component: lazyRouteComponent(() => import("@/pages/admin/object"), "ObjectPage"),
});
const adminOptionSets = createRoute({
  ...within,
  path: "/option-sets",
  component: lazyRouteComponent(() => import("@/pages/admin/option-sets"), "OptionSets"),
});
const adminRules = createRoute({
  ...within,
  path: "/rules",
  component: lazyRouteComponent(() => import("@/pages/admin/rules"), "Rules"),
});
const adminFlows = createRoute({
  ...within,
  path: "/flows",
  component: lazyRouteComponent(() => import("@/pages/admin/flows"), "Flows"),
});
const adminWebhooks = createRoute({
  ...within,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("@/pages/admin/webhooks"), "Webhooks"),
});
const adminImports = createRoute({
  ...within,
  path: "/imports",
  component: lazyRouteComponent(() => import("@/pages/admin/imports"), "Imports"),
});
const adminSignIns = createRoute({
  ...within,
  path: "/sign-ins",
  component: lazyRouteComponent(() => import("@/pages/admin/sign-ins"), "SignIns"),
});
const adminSecurity = createRoute({
  ...within,
  path: "/security",
  component: lazyRouteComponent(() => import("@/pages/admin/security"), "Security"),
});

const adminIndex = createRoute({
  ...within,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/admin/users"), "Users"),
});

const list = createRoute({
  ...page,
  path: "/$resource",
  validateSearch: validateListSearch,
  component: lazyRouteComponent(() => import("@/pages/record-list"), "RecordList"),
});

const imports = createRoute({
  ...page,
  path: "/$resource/import",
  /** The import that is followed. */
  validateSearch: (search: Record<string, unknown>): { run?: number } =>
    typeof search.run === "number" ? { run: search.run } : {},
  component: lazyRouteComponent(() => import("@/pages/import"), "ImportPage"),
});

const create = createRoute({
  ...page,
  path: "/$resource/new",
  /** Values to start from, such as the customer of a new order. */
  validateSearch: (search: Record<string, unknown>): { preset?: Record<string, unknown> } =>
    search.preset && typeof search.preset === "object" ? { preset: search.preset as Record<string, unknown> } : {},
  component: lazyRouteComponent(() => import("@/pages/record-create"), "RecordCreate"),
});

const record = createRoute({
  ...page,
  path: "/$resource/$id",
  component: lazyRouteComponent(() => import("@/pages/record-page"), "RecordPage"),
});

const edit = createRoute({
  ...page,
  path: "/$resource/$id/edit",
  component: lazyRouteComponent(() => import("@/pages/record-edit"), "RecordEdit"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    shell.addChildren([
      home,
      value,
      sql,
      reports,
      tokens,
      lake,
      tagged,
      inbox,
      settings,
      bin,
      admin.addChildren([
        adminUsers,
        adminDepartments,
        adminGroups,
        adminProfiles,
        adminProfile,
        adminRoles,
        adminSharing,
        adminObjects,
        adminObject,
        adminOptionSets,
        adminRules,
        adminFlows,
        adminWebhooks,
        adminImports,
        adminSignIns,
        adminSecurity,
        adminIndex,
      ]),
      list,
      imports,
      create,
      record,
      edit,
    ]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: PageSkeleton,
  defaultPendingMs: 150,
  defaultErrorComponent: RouteProblem,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

whenSignedOut(() => {
  setCsrf("");
  queryClient.setQueryData(sessionQuery.queryKey, null);
  void router.navigate({ to: "/sign-in", search: { to: router.state.location.href } });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
