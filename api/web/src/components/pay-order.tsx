// Books the payment of an order.
import { DollarOutlined } from "@ant-design/icons";
import { Button, Form, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDictionary } from "@/api/meta";
import { usePayOrder } from "@/api/records";
import { useLocale } from "@/i18n";
import { fieldOf, labelIn } from "@/model/dictionary";
import { formatMoney } from "@/model/format";
import { busy } from "./busy";
import { problemText } from "./problem-notice";
import type { SpecialProps } from "./specials";
import { toast } from "./toast";

/** States of an order that a payment ends. */
const PAYABLE = ["draft", "confirmed"];

export default function PayOrder({ object, record }: SpecialProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const pay = usePayOrder();
  const payment = useDictionary().byName("payment");
  const methods = (payment && fieldOf(payment, "method")?.options) ?? [];
  if (!object.rights.update || !PAYABLE.includes(String(record.status))) return null;

  const submit = async ({ method }: { method: string }) => {
    try {
      await pay.mutateAsync({ id: record.id, method });
      setOpen(false);
      toast.success(t("order.paid"));
    } catch (error) {
      toast.error(problemText(error, t));
    }
  };

  return (
    <>
      <Button type="primary" icon={<DollarOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t("order.pay")}
      </Button>
      <Modal open={open} title={t("order.pay")} footer={null} destroyOnHidden onCancel={() => setOpen(false)}>
        <p style={{ marginBottom: 16 }}>{t("order.payText", { amount: formatMoney(record.amount, locale) })}</p>
        <Form
          layout="vertical"
          initialValues={{ method: methods[0]?.value ?? "transfer" }}
          onFinish={(input: { method: string }) => void submit(input)}
        >
          <Form.Item name="method" label={t("order.method")} rules={[{ required: true }]}>
            <Select
              options={methods.map((option) => ({ value: option.value, label: labelIn(option.label, locale) }))}
            />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy(pay.isPending)}>
            {t("order.payNow")}
          </Button>
        </Form>
      </Modal>
    </>
  );
}
