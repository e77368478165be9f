// A dialog with a form: what the server refuses stands at its field, or on top.
import { Alert, Form, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { problemText } from "../problem-notice";
import { toast } from "../toast";

interface FormDialogProps<Values> {
  title: string;
  initial?: object;
  width?: number;
  okText?: string;
  /** Throws Problem when the server refuses. */
  save: (values: Values) => Promise<unknown>;
  close: () => void;
  children: ReactNode;
}

export function FormDialog<Values>({ title, initial, width, okText, save, close, children }: FormDialogProps<Values>) {
  const { t } = useTranslation();
  const [form] = Form.useForm();
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  const submit = async () => {
    setSaving(true);
    setProblem(undefined);
    try {
      // Values of fields without a control, too: what one doesn't see is kept.
      await save(form.getFieldsValue(true) as Values);
      toast.success(t("record.saved"));
      close();
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem) form.setFields(atFields(error, form.getFieldsValue(true)));
    } finally {
      setSaving(false);
    }
  };

  return (
    <Modal
      open
      width={width ?? 560}
      title={title}
      okText={okText ?? t("record.save")}
      confirmLoading={saving}
      mask={{ closable: false }}
      onOk={() => form.submit()}
      onCancel={close}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={initial ?? {}}
        style={{ marginTop: 14 }}
        onFinish={() => void submit()}
      >
        {problem !== undefined && (
          <Alert
            role="alert"
            type="error"
            showIcon
            style={{ marginBottom: 14 }}
            title={allOf(problem, problemText(problem, t))}
          />
        )}
        {children}
      </Form>
    </Modal>
  );
}

/** The server's sentence, with what it says of single fields. */
function allOf(problem: unknown, text: string): string {
  if (!(problem instanceof Problem) || problem.fields.length === 0) return text;
  return problem.fields.map((one) => (text.includes(one.message) ? text : `${one.field}: ${one.message}`)).join("; ");
}

function atFields(problem: Problem, values: object) {
  return problem.fields
    .map(({ field, message }) => ({ name: field.split("."), errors: [message] }))
    .filter(({ name }) => (name[0] ?? "") in values);
}
