//! The embedded catalog: what all objects share, and one file an object.

use super::Source;

macro_rules! source {
    ($path:literal) => {
        Source {
            file: $path,
            text: include_str!(concat!("../../../catalog/", $path)),
        }
    };
}

pub(super) const SHARED: Source<'static> = source!("shared.toml");

pub(super) const OBJECTS: &[Source<'static>] = &[
    source!("organisation/department.toml"),
    source!("organisation/user.toml"),
    source!("customer/brand.toml"),
    source!("customer/contact_role.toml"),
    source!("customer/customer.toml"),
    source!("customer/contact.toml"),
    source!("customer/customer_unit.toml"),
    source!("customer/contact_relation.toml"),
    source!("customer/contact_purpose.toml"),
    source!("customer/interest.toml"),
    source!("customer/referral.toml"),
    source!("customer/licence.toml"),
    source!("customer/change_request.toml"),
    source!("customer/related_party.toml"),
    source!("customer/credit_report.toml"),
    source!("lead/source.toml"),
    source!("lead/pool.toml"),
    source!("lead/lead.toml"),
    source!("lead/account_policy.toml"),
    source!("lead/history_entry.toml"),
    source!("product/product.toml"),
    source!("opportunity/opportunity.toml"),
    source!("opportunity/line.toml"),
    source!("opportunity/stage_change.toml"),
    source!("opportunity/contact.toml"),
    source!("order/order.toml"),
    source!("order/order_line.toml"),
    source!("billing/payment.toml"),
    source!("billing/invoice.toml"),
    source!("billing/payment_allocation.toml"),
    source!("quota/quota.toml"),
    source!("activity/activity.toml"),
    source!("activity/participant.toml"),
    source!("activity/link.toml"),
    source!("activity/work_plan.toml"),
    source!("activity/task.toml"),
    source!("activity/commitment.toml"),
    source!("activity/reminder.toml"),
    source!("calendar/holiday_calendar.toml"),
    source!("calendar/holiday.toml"),
    source!("campaign/segment.toml"),
    source!("campaign/campaign.toml"),
    source!("campaign/cost.toml"),
    source!("campaign/touch.toml"),
    source!("campaign/message.toml"),
    source!("behaviour/behaviour_type.toml"),
    source!("behaviour/behaviour_event.toml"),
];
