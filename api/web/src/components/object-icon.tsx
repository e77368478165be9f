// One icon for each object and page.
import {
  AimOutlined,
  ApartmentOutlined,
  AppstoreOutlined,
  BarsOutlined,
  CalendarOutlined,
  CheckSquareOutlined,
  CodeOutlined,
  ContactsOutlined,
  CreditCardOutlined,
  DatabaseOutlined,
  DeleteOutlined,
  FileOutlined,
  FilePdfOutlined,
  FilterOutlined,
  FundOutlined,
  HomeOutlined,
  InboxOutlined,
  LineChartOutlined,
  MailOutlined,
  NotificationOutlined,
  SettingOutlined,
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
  task: CheckSquareOutlined,
  lead: AimOutlined,
  opportunity: FundOutlined,
  activity: CalendarOutlined,
  inbox: InboxOutlined,
  admin: SettingOutlined,
  bin: DeleteOutlined,
};

export function iconOf(name: string): ReactNode {
  const Icon = icons[name] ?? FileOutlined;
  return <Icon aria-hidden />;
}
