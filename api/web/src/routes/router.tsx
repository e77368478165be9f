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

const bin = createRoute({
  ...page,
  path: "/recycle-bin",
  /** Of which resource. */
  validateSearch: (search: Record<string, unknown>): { of?: string } =>
    typeof search.of === "string" ? { of: search.of } : {},
  component: lazyRouteComponent(() => import("@/pages/recycle-bin"), "RecycleBin"),
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
    shell.addChildren([home, value, sql, reports, tokens, lake, tagged, bin, list, imports, create, record, edit]),
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
