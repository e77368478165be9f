// Saved views of a list: open one, save what is on the screen, share, change or remove it.
import { CheckOutlined, DeleteOutlined, DownOutlined, SaveOutlined, StarOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Checkbox, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { MetaObject } from "@/api/types";
import { type SavedView, useDropView, useSaveView, viewsQuery } from "@/api/views";
import { differs, searchOf, viewOf } from "@/model/saved-view";
import type { ListSearch } from "@/routes/list-search";
import { type MenuItem, PopupMenu } from "../popup-menu";
import { problemText } from "../problem-notice";
import { toast } from "../toast";

interface ViewMenuProps {
  object: MetaObject;
  search: ListSearch;
  onOpen: (search: ListSearch) => void;
}

export default function ViewMenu({ object, search, onOpen }: ViewMenuProps) {
  const { t } = useTranslation();
  const views = useQuery(viewsQuery(object.resource)).data ?? [];
  const save = useSaveView(object.resource);
  const drop = useDropView(object.resource);
  const [naming, setNaming] = useState(false);
  const open = views.find((view) => view.id === search.view);
  const changed = open !== undefined && differs(search, open.definition);
  const tell = (error: unknown) => toast.error(problemText(error, t));
  const keep = { as: search.as, month: search.month };

  const update = async (view: SavedView) => {
    await save
      .mutateAsync({ id: view.id, name: view.name, shared: view.shared, definition: viewOf(search) })
      .then(() => toast.success(t("view.saved")), tell);
  };
  const remove = async (view: SavedView) => {
    try {
      await drop.mutateAsync(view.id);
      toast.success(t("view.dropped", { name: view.name }), {
        label: t("record.undo"),
        run: () =>
          void save.mutateAsync({ name: view.name, shared: view.shared, definition: view.definition }).catch(tell),
      });
      onOpen({ ...search, view: undefined });
    } catch (error) {
      tell(error);
    }
  };

  const items: MenuItem[] = [
    {
      key: "all",
      label: t("view.all"),
      icon: open ? <StarOutlined aria-hidden style={{ visibility: "hidden" }} /> : <CheckOutlined aria-hidden />,
      run: () => onOpen(keep),
    },
    ...views.map((view) => ({
      key: String(view.id),
      label: view.own ? view.name : t("view.ofOthers", { name: view.name }),
      icon: view.id === open?.id ? <CheckOutlined aria-hidden /> : <StarOutlined aria-hidden />,
      run: () => onOpen({ ...searchOf(view), ...keep }),
    })),
    ...(open?.own && changed
      ? [
          {
            key: "update",
            label: t("view.update", { name: open.name }),
            icon: <SaveOutlined aria-hidden />,
            run: () => void update(open),
          },
        ]
      : []),
    { key: "save", label: t("view.save"), icon: <SaveOutlined aria-hidden />, run: () => setNaming(true) },
    ...(open?.own
      ? [
          {
            key: "drop",
            label: t("view.drop", { name: open.name }),
            icon: <DeleteOutlined aria-hidden />,
            run: () => void remove(open),
          },
        ]
      : []),
  ];

  return (
    <>
      <PopupMenu
        framed
        label={t("view.menu")}
        button={
          <>
            {open ? `${open.name}${changed ? " *" : ""}` : t("view.all")}{" "}
            <DownOutlined aria-hidden style={{ fontSize: 11 }} />
          </>
        }
        items={items}
      />
      {naming && (
        <NameDialog
          object={object}
          close={() => setNaming(false)}
          save={async (input) => {
            const made = await save.mutateAsync({ ...input, definition: viewOf(search) });
            toast.success(t("view.saved"));
            onOpen({ ...search, view: made.id });
          }}
        />
      )}
    </>
  );
}

function NameDialog({
  object,
  close,
  save,
}: {
  object: MetaObject;
  close: () => void;
  save: (input: { name: string; shared: boolean }) => Promise<void>;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ name: string; shared: boolean }>();
  const submit = async (input: { name: string; shared: boolean }) => {
    try {
      await save({ name: input.name, shared: input.shared === true });
      close();
    } catch (error) {
      form.setFields([{ name: "name", errors: [error instanceof Problem ? error.message : t("problem.unexpected")] }]);
    }
  };
  return (
    <Modal
      open
      title={t("view.save")}
      okText={t("record.save")}
      okButtonProps={{ htmlType: "submit", form: "save-view" }}
      onCancel={close}
    >
      <Form
        id="save-view"
        form={form}
        layout="vertical"
        style={{ marginTop: 12 }}
        onFinish={(input) => void submit(input)}
      >
        <Form.Item
          name="name"
          label={t("view.name")}
          extra={t("view.what")}
          rules={[{ required: true, whitespace: true, message: t("view.nameMissing") }]}
        >
          <Input maxLength={80} autoFocus />
        </Form.Item>
        {object.rights.export && (
          <Form.Item name="shared" valuePropName="checked">
            <Checkbox>{t("view.share")}</Checkbox>
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}
