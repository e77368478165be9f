// Works out the members of a segment anew and says who came and went.
import { ReloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useEvaluateSegment } from "@/api/segments";
import { busy } from "./busy";
import { problemText } from "./problem-notice";
import type { SpecialProps } from "./specials";
import { toast } from "./toast";

export default function EvaluateSegment({ object, record }: SpecialProps) {
  const { t } = useTranslation();
  const evaluate = useEvaluateSegment();
  if (!object.rights.update || record.kind === "static") return null;

  const run = async () => {
    try {
      const { members, entered, left } = await evaluate.mutateAsync(record.id);
      toast.success(t("segment.evaluated", { members, entered, left }));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };
  return (
    <Button
      type="primary"
      icon={<ReloadOutlined aria-hidden />}
      loading={busy(evaluate.isPending)}
      onClick={() => void run()}
    >
      {t("segment.evaluate")}
    </Button>
  );
}
