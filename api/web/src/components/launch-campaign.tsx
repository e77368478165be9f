// Starts the sending of a campaign, after asking.
import { SendOutlined } from "@ant-design/icons";
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useLaunchCampaign } from "@/api/campaigns";
import { busy } from "./busy";
import { problemText } from "./problem-notice";
import type { SpecialProps } from "./specials";
import { toast } from "./toast";

export default function LaunchCampaign({ object, record }: SpecialProps) {
  const { t } = useTranslation();
  const launch = useLaunchCampaign();
  if (!object.rights.update || !["draft", "approved"].includes(String(record.status))) return null;

  const run = async () => {
    try {
      await launch.mutateAsync(record.id);
      toast.success(t("campaign.launched"));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };
  return (
    <Popconfirm
      title={t("campaign.launchAsk")}
      description={t("campaign.launchText")}
      okText={t("campaign.launch")}
      onConfirm={run}
    >
      <Button type="primary" icon={<SendOutlined aria-hidden />} loading={busy(launch.isPending)}>
        {t("campaign.launch")}
      </Button>
    </Popconfirm>
  );
}
