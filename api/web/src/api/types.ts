// The names pages use for the shapes of the API.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Label = Schemas["MetaLabel"];
export type Session = Schemas["SessionState"];
export type SessionUser = Schemas["SessionUser"];
export type Locale = "en" | "zh";
/** The default is of the field's own kind. */
export type MetaField = Omit<Schemas["MetaField"], "default"> & { default?: unknown };
export type MetaObject = Omit<Schemas["MetaObject"], "fields"> & { fields: MetaField[] };
export type FieldOption = Schemas["MetaOption"];
export type OptionSet = Schemas["MetaOptionSet"];
export type MetaLayout = Schemas["MetaLayout"];
export type Dashboard = Schemas["Dashboard"];
export type DashboardCard = Schemas["Card"];
export type SalesPoint = Schemas["MonthSales"];
export type RfmSegment = Schemas["RfmSlice"];
/** Cells are of their column's type. */
export type SqlResult = Omit<Schemas["SqlAnswer"], "rows"> & { rows: unknown[][] };
export type Evaluation = Schemas["SegmentEvaluation"];
export type CampaignResult = Schemas["CampaignResult"];
export type ReportPack = Schemas["ReportPack"];
export type ReportDelivery = Schemas["ReportDelivery"];
export type AccessToken = Schemas["AccessToken"];
export type AccessTokenSecret = Schemas["AccessTokenSecret"];

/** A business record as the dictionary describes it. */
export type CrmRecord = { id: number; version?: number; [field: string]: unknown };

/** How many there are, counted up to a limit. */
export interface CappedCount {
  value: number;
  /** There are more than `value`. */
  capped: boolean;
}

export interface RecordPage {
  items: CrmRecord[];
  next?: string | null;
  total?: CappedCount;
}

/** An amount as the server writes it. */
export interface Money {
  amount: string;
  currency: string;
  rate?: string;
  base?: string;
}
export type LakeState = Schemas["LakeStatus"];
export type RfmAnswer = Schemas["RfmAnswer"];
export type ClvAnswer = Schemas["ClvAnswer"];
export type RetentionAnswer = Schemas["RetentionAnswer"];
