// One icon for each object and page.
import {
  ApartmentOutlined,
  AppstoreOutlined,
  BarsOutlined,
  CodeOutlined,
  ContactsOutlined,
  CreditCardOutlined,
  DatabaseOutlined,
  FileOutlined,
  FilePdfOutlined,
  FilterOutlined,
  HomeOutlined,
  LineChartOutlined,
  MailOutlined,
  NotificationOutlined,
  ShopOutlined,
  ShoppingCartOutlined,
  UserOutlined,
} from "@ant-design/icons";
import type { ComponentType, ReactNode } from "react";

const icons: Record<string, ComponentType<{ "aria-hidden"?: boolean }>> = {
  home: HomeOutlined,
  customer: ShopOutlined,
  contact: ContactsOutlined,
  product: AppstoreOutlined,
  order: ShoppingCartOutlined,
  order_line: BarsOutlined,
  payment: CreditCardOutlined,
  campaign: NotificationOutlined,
  segment: FilterOutlined,
  message: MailOutlined,
  user: UserOutlined,
  department: ApartmentOutlined,
  value: LineChartOutlined,
  sql: CodeOutlined,
  reports: FilePdfOutlined,
  lake: DatabaseOutlined,
};

export function iconOf(name: string): ReactNode {
  const Icon = icons[name] ?? FileOutlined;
  return <Icon aria-hidden />;
}
