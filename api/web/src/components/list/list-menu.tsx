// Into and out of a list: export as CSV or Excel, import, and the recycle bin.
import { DeleteOutlined, DownloadOutlined, EllipsisOutlined, UploadOutlined } from "@ant-design/icons";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type ExportFormat, exportList } from "@/api/export";
import type { MetaObject } from "@/api/types";
import type { ListSearch } from "@/routes/list-search";
import { type MenuItem, PopupMenu } from "../popup-menu";
import { problemText } from "../problem-notice";
import { toast } from "../toast";

interface ListMenuProps {
  object: MetaObject;
  search: ListSearch;
  /** What the list shows, in its order. */
  columns: string[];
}

export default function ListMenu({ object, search, columns }: ListMenuProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const save = (format: ExportFormat) => {
    void exportList(object.resource, format, { ...search, columns }).catch((error) =>
      toast.error(problemText(error, t)),
    );
  };
  const params = { resource: object.resource };

  const items: MenuItem[] = [
    ...(object.rights.export
      ? [
          { key: "csv", icon: <DownloadOutlined aria-hidden />, label: t("export.csv"), run: () => save("csv") },
          { key: "xlsx", icon: <DownloadOutlined aria-hidden />, label: t("export.xlsx"), run: () => save("xlsx") },
        ]
      : []),
    ...(object.rights.import && object.traits.includes("import")
      ? [
          {
            key: "import",
            icon: <UploadOutlined aria-hidden />,
            label: t("import.open"),
            run: () => void navigate({ to: "/$resource/import", params }),
          },
        ]
      : []),
    ...(object.rights.delete && object.traits.includes("recycle")
      ? [
          {
            key: "bin",
            icon: <DeleteOutlined aria-hidden />,
            label: t("bin.open"),
            run: () => void navigate({ to: "/recycle-bin", search: { of: object.resource } }),
          },
        ]
      : []),
  ];
  if (items.length === 0) return null;
  return <PopupMenu framed label={t("list.more")} button={<EllipsisOutlined aria-hidden />} items={items} />;
}
