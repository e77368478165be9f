// Notes (what is known) or comments (what is discussed, with answers and mentions) on a record.
import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Place,
  type Remark,
  type RemarkKind,
  remarksQuery,
  useChangeRemark,
  useDropRemark,
  useWriteRemark,
} from "@/api/companions";
import { useUser } from "@/api/session";
import { useLocale } from "@/i18n";
import { formatDateTime } from "@/model/format";
import { Bones } from "../bones";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./activity.module.css";
import { Writer } from "./writer";

interface RemarksProps {
  kind: RemarkKind;
  place: Place;
  mayWrite: boolean;
}

export function Remarks({ kind, place, mayWrite }: RemarksProps) {
  const { t } = useTranslation();
  const remarks = useQuery(remarksQuery(place, kind));
  const write = useWriteRemark(place, kind);
  const answers = (id: number) => (remarks.data ?? []).filter((remark) => remark.answers === id);

  return (
    <>
      {mayWrite && (
        <Writer
          label={t(`activity.write.${kind}`)}
          submit={t("activity.send")}
          hint={kind === "comments" ? t("activity.mentionHint") : undefined}
          mentions={kind === "comments"}
          save={(body) => write.mutateAsync({ body })}
        />
      )}
      {remarks.isPending ? (
        <Bones lines={3} />
      ) : remarks.isError ? (
        <p className="muted">{problemText(remarks.error, t)}</p>
      ) : remarks.data.length === 0 ? (
        <p className="muted">{t(`activity.none.${kind}`)}</p>
      ) : (
        <ol className={styles.list}>
          {remarks.data
            .filter((remark) => !remark.answers || !remarks.data.some(({ id }) => id === remark.answers))
            .map((remark) => (
              <li key={remark.id} className={styles.list}>
                <One kind={kind} place={place} remark={remark} mayAnswer={kind === "comments" && mayWrite} />
                {answers(remark.id).map((answer) => (
                  <div key={answer.id} className={styles.answer}>
                    <One kind={kind} place={place} remark={answer} mayAnswer={false} />
                  </div>
                ))}
              </li>
            ))}
        </ol>
      )}
    </>
  );
}

function One({
  kind,
  place,
  remark,
  mayAnswer,
}: {
  kind: RemarkKind;
  place: Place;
  remark: Remark;
  mayAnswer: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const user = useUser();
  const [open, setOpen] = useState<"answer" | "edit">();
  const write = useWriteRemark(place, kind);
  const change = useChangeRemark(place, kind);
  const drop = useDropRemark(place, kind);
  const close = () => setOpen(undefined);

  return (
    <article className={styles.remark}>
      <div className={styles.by}>
        <strong>{remark.author || t("history.system")}</strong>
        <span className="muted">
          {formatDateTime(remark.created_at, locale)}
          {remark.edited_at && ` · ${t("activity.edited")}`}
        </span>
      </div>
      {open === "edit" ? (
        <Writer
          label={t("activity.change")}
          submit={t("record.save")}
          start={remark.body}
          mentions={kind === "comments"}
          cancel={close}
          save={async (body) => {
            await change.mutateAsync({ id: remark.id, body });
            close();
          }}
        />
      ) : (
        <div className={styles.text}>{remark.body}</div>
      )}
      {open === "answer" && (
        <Writer
          label={t("activity.answerTo", { name: remark.author ?? "" })}
          submit={t("activity.answer")}
          mentions
          cancel={close}
          save={async (body) => {
            await write.mutateAsync({ body, answers: remark.id });
            close();
          }}
        />
      )}
      {!open && (
        <div className={styles.tools}>
          {mayAnswer && (
            <Button type="text" size="small" onClick={() => setOpen("answer")}>
              {t("activity.answer")}
            </Button>
          )}
          {remark.created_by === user.id && (
            <>
              <Button type="text" size="small" onClick={() => setOpen("edit")}>
                {t("activity.change")}
              </Button>
              <Popconfirm
                title={t("activity.dropAsk")}
                okText={t("activity.drop")}
                okButtonProps={{ danger: true }}
                onConfirm={() => drop.mutateAsync(remark.id).catch((error) => toast.error(problemText(error, t)))}
              >
                <Button type="text" size="small">
                  {t("activity.drop")}
                </Button>
              </Popconfirm>
            </>
          )}
        </div>
      )}
    </article>
  );
}
