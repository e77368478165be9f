// Approve, reject, return or pass on what waits for one's decision. All but approval say why.
import { Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Decision, useDecide, useDelegate } from "@/api/approvals";
import { busy } from "./busy";
import { UserPicker } from "./pickers";
import { problemText } from "./problem-notice";
import { toast } from "./toast";

type Act = Decision | "delegate";

export function DecideButtons({ task }: { task: number }) {
  const { t } = useTranslation();
  const [act, setAct] = useState<Act>();
  return (
    <>
      <Button size="small" type="primary" onClick={() => setAct("approve")}>
        {t("approval.approve")}
      </Button>
      <Button size="small" danger onClick={() => setAct("reject")}>
        {t("approval.reject")}
      </Button>
      <Button size="small" onClick={() => setAct("return")}>
        {t("approval.return")}
      </Button>
      <Button size="small" onClick={() => setAct("delegate")}>
        {t("approval.delegate")}
      </Button>
      {act && <DecisionDialog key={act} act={act} task={task} close={() => setAct(undefined)} />}
    </>
  );
}

function DecisionDialog({ act, task, close }: { act: Act; task: number; close: () => void }) {
  const { t } = useTranslation();
  const [comment, setComment] = useState("");
  const [to, setTo] = useState<number>();
  const decide = useDecide();
  const delegate = useDelegate();
  const incomplete = act === "delegate" ? to === undefined : act !== "approve" && comment.trim() === "";

  const send = async () => {
    try {
      if (act !== "delegate") await decide.mutateAsync({ task, decision: act, comment: comment.trim() });
      else if (to !== undefined) await delegate.mutateAsync({ task, to, comment: comment.trim() });
      toast.success(t(`approval.done.${act}`));
      close();
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  return (
    <Modal
      open
      title={t(`approval.${act}`)}
      okText={t(`approval.${act}`)}
      okButtonProps={{ disabled: incomplete, danger: act === "reject" }}
      confirmLoading={busy(decide.isPending || delegate.isPending) !== false}
      onOk={() => void send()}
      onCancel={close}
    >
      <div style={{ display: "grid", gap: 12, marginTop: 12 }}>
        {act === "delegate" && <UserPicker label={t("approval.delegateTo")} value={to} onChange={setTo} />}
        <Input.TextArea
          aria-label={t("approval.comment")}
          placeholder={act === "approve" || act === "delegate" ? t("approval.comment") : t("approval.commentNeeded")}
          autoSize={{ minRows: 3, maxRows: 10 }}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
      </div>
    </Modal>
  );
}
