// What the page of a certain object shows beyond its fields.
import { type ComponentType, lazy } from "react";
import type { CrmRecord, MetaObject } from "@/api/types";

export interface SpecialProps {
  object: MetaObject;
  record: CrmRecord;
}

export interface Specials {
  /** In the narrow column. */
  Aside?: ComponentType<SpecialProps>;
  /** Above the details. */
  Above?: ComponentType<SpecialProps>;
  /** Beside the page's own actions. */
  Actions?: ComponentType<SpecialProps>;
}

const specials: Record<string, Specials> = {
  customer: { Aside: lazy(() => import("./customer-score")) },
  order: { Actions: lazy(() => import("./pay-order")) },
  segment: {
    Above: lazy(() => import("./segment-members")),
    Aside: lazy(() => import("./segment-definition")),
    Actions: lazy(() => import("./evaluate-segment")),
  },
  campaign: {
    Above: lazy(() => import("./campaign-result")),
    Aside: lazy(() => import("./campaign-template")),
    Actions: lazy(() => import("./launch-campaign")),
  },
};

export function specialsOf(object: MetaObject): Specials {
  return specials[object.name] ?? {};
}
