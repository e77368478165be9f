// Edit and remove at the end of a row.
import { DeleteOutlined, EditOutlined } from "@ant-design/icons";
import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { problemText } from "../problem-notice";
import { toast } from "../toast";

interface RowActionsProps {
  name: string;
  edit?: (() => void) | undefined;
  remove?: (() => Promise<unknown>) | undefined;
}

export function RowActions({ name, edit, remove }: RowActionsProps) {
  const { t } = useTranslation();
  return (
    <span style={{ display: "inline-flex", gap: 2 }}>
      {edit && (
        <Button
          type="text"
          size="small"
          icon={<EditOutlined aria-hidden />}
          aria-label={t("admin.editOf", { name })}
          onClick={edit}
        />
      )}
      {remove && (
        <Popconfirm
          title={t("admin.removeAsk", { name })}
          okText={t("admin.remove")}
          okButtonProps={{ danger: true }}
          onConfirm={() => remove().catch((error) => toast.error(problemText(error, t)))}
        >
          <Button
            type="text"
            size="small"
            icon={<DeleteOutlined aria-hidden />}
            aria-label={t("admin.removeOf", { name })}
          />
        </Popconfirm>
      )}
    </span>
  );
}
