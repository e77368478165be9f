// One record of any object: its fields in groups, what points to it, what goes on around it, and the work special to its kind.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useDictionary } from "@/api/meta";
import { Problem } from "@/api/problem";
import { recordQuery } from "@/api/records";
import type { MetaObject } from "@/api/types";
import { Bones } from "@/components/bones";
import { NotFound } from "@/components/not-found";
import { Page, Panel } from "@/components/page";
import { ProblemNotice } from "@/components/problem-notice";
import { RecordActions } from "@/components/record-actions";
import { RecordDetails } from "@/components/record-details";
import { RecordMarks, RecordTags } from "@/components/record-marks";
import { RecordState } from "@/components/record-state";
import { RelatedLists } from "@/components/related-lists";
import { specialsOf } from "@/components/specials";
import { useLocale } from "@/i18n";
import { labelIn, titleOf } from "@/model/dictionary";
import styles from "./record-page.module.css";

const Activity = lazy(() => import("@/components/activity"));
const RecordApprovals = lazy(() => import("@/components/record-approvals"));

const route = getRouteApi("/shell/$resource/$id");

export function RecordPage() {
  const { resource, id } = route.useParams();
  const object = useDictionary().byResource(resource);
  return object && /^\d+$/.test(id) ? (
    <RecordById key={`${resource}/${id}`} object={object} id={Number(id)} />
  ) : (
    <NotFound />
  );
}

function RecordById({ object, id }: { object: MetaObject; id: number }) {
  const locale = useLocale();
  const found = useQuery(recordQuery(object.resource, id));
  const record = found.data;
  const list = (
    <Link to="/$resource" params={{ resource: object.resource }}>
      {labelIn(object.label_plural, locale)}
    </Link>
  );

  if (found.isError) {
    const missing = found.error instanceof Problem && found.error.status === 404;
    return missing ? <NotFound /> : <ProblemNotice error={found.error} retry={() => void found.refetch()} />;
  }
  if (!record) {
    return (
      <Page title={<Bones lines={1} width="240px" height={24} />} above={list}>
        <Panel>
          <Bones lines={8} />
        </Panel>
      </Page>
    );
  }

  const { Aside, Above, Actions } = specialsOf(object);
  const place = { resource: object.resource, id: record.id };
  return (
    <Page
      title={titleOf(object, record)}
      beside={
        <>
          <RecordState object={object} record={record} />
          <RecordTags place={place} mayChange={object.rights.update} />
        </>
      }
      above={list}
      actions={
        <>
          {Actions && <Actions object={object} record={record} />}
          <RecordMarks place={place} />
          <RecordActions object={object} record={record} />
        </>
      }
    >
      <div className={styles.columns}>
        <div className={styles.main}>
          {Above && <Above object={object} record={record} />}
          <RecordDetails object={object} record={record} />
          <RelatedLists object={object} record={record} />
        </div>
        <div className={styles.side}>
          {Aside && <Aside object={object} record={record} />}
          <Suspense
            fallback={
              <Panel>
                <Bones lines={6} />
              </Panel>
            }
          >
            <RecordApprovals object={object} record={record} />
            <Activity object={object} record={record} />
          </Suspense>
        </div>
      </div>
    </Page>
  );
}
