// Files attached to a record: dropped or chosen, opened, taken away.
import { DeleteOutlined, FileOutlined, UploadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Attachment, fileAddress, filesQuery, type Place, useAttach, useDetach } from "@/api/companions";
import { recordQuery } from "@/api/records";
import { useLocale } from "@/i18n";
import { formatBytes, formatDateTime } from "@/model/format";
import { Bones } from "../bones";
import { busy } from "../busy";
import { problemText } from "../problem-notice";
import { toast } from "../toast";
import styles from "./activity.module.css";

export function Files({ place, mayChange }: { place: Place; mayChange: boolean }) {
  const { t } = useTranslation();
  const files = useQuery(filesQuery(place));
  return (
    <>
      {mayChange && <DropArea place={place} />}
      {files.isPending ? (
        <Bones lines={2} />
      ) : files.isError ? (
        <p className="muted">{problemText(files.error, t)}</p>
      ) : files.data.length === 0 ? (
        <p className="muted">{t("activity.none.files")}</p>
      ) : (
        <ul className={styles.list}>
          {files.data.map((file) => (
            <File key={file.id} place={place} file={file} mayChange={mayChange} />
          ))}
        </ul>
      )}
    </>
  );
}

function DropArea({ place }: { place: Place }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const attach = useAttach(place);

  const take = async (list: FileList | null) => {
    for (const file of list ?? []) {
      try {
        await attach.mutateAsync(file);
      } catch (error) {
        toast.error(`${file.name}: ${problemText(error, t)}`);
      }
    }
    if (input.current) input.current.value = "";
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the button does the same
    <div
      className={styles.drop}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer.files);
      }}
    >
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t("activity.attach")}
        onChange={(event) => void take(event.target.files)}
      />
      <Button
        size="small"
        icon={<UploadOutlined aria-hidden />}
        loading={busy(attach.isPending)}
        onClick={() => input.current?.click()}
      >
        {t("activity.attach")}
      </Button>
      {t("activity.dropHere")}
    </div>
  );
}

function File({ place, file, mayChange }: { place: Place; file: Attachment; mayChange: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const detach = useDetach(place);
  const author = useQuery(recordQuery("users", file.created_by, ["name"])).data?.name;
  return (
    <li className={styles.file}>
      <FileOutlined aria-hidden />
      <div>
        <a href={fileAddress(place, file.id)} download={file.name}>
          {file.name}
        </a>
        <div className="muted" style={{ fontSize: 12.5 }}>
          {[formatBytes(file.bytes, locale), author, formatDateTime(file.created_at, locale)]
            .filter(Boolean)
            .join(" · ")}
        </div>
      </div>
      {mayChange && (
        <Popconfirm
          title={t("activity.detachAsk", { name: file.name })}
          okText={t("activity.drop")}
          okButtonProps={{ danger: true }}
          onConfirm={() => detach.mutateAsync(file.id).catch((error) => toast.error(problemText(error, t)))}
        >
          <Button
            type="text"
            size="small"
            icon={<DeleteOutlined aria-hidden />}
            aria-label={t("activity.detach", { name: file.name })}
          />
        </Popconfirm>
      )}
    </li>
  );
}
