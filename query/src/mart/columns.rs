//! What each column of the star schema means.

/// A documented column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub view: &'static str,
    pub name: &'static str,
    pub doc: &'static str,
}

macro_rules! columns {
    ($($view:literal { $($name:literal: $doc:literal,)* })*) => {
        &[$($(Column { view: $view, name: $name, doc: $doc },)*)*]
    };
}

/// Every column of every view, in order.
pub const COLUMNS: &[Column] = columns! {
    "customer" {
        "customer_key": "crm.customer.id",
        "code": "code of the customer",
        "name": "name of the customer",
        "kind": "organisation or person",
        "industry": "industry",
        "region": "sales region",
        "level": "level A, B or C",
        "city": "city",
        "owner_id": "user who owns the customer",
        "owner_name": "name of that user",
        "department_id": "department of the customer",
        "department_name": "name of that department",
        "first_order_on": "date of the first order, as recorded with the customer, else of the earliest confirmed or paid order",
        "cohort_month": "first day of the month of first_order_on",
        "orders": "number of confirmed and paid orders",
        "revenue": "sum of their amounts in the base currency",
        "last_order_on": "date of the latest of them",
        "r": "recency score, 5 is best",
        "f": "frequency score, 5 is best",
        "m": "monetary score, 5 is best",
        "rfm_segment": "name of the RFM segment",
        "p_alive": "probability that the customer still buys",
        "clv": "expected value of the next twelve months, discounted",
        "value_band": "band of clv",
    }
    "orders" {
        "order_id": "crm.sales_order.id",
        "number": "number of the order",
        "customer_id": "customer",
        "customer_name": "name of the customer",
        "region": "region of the customer",
        "industry": "industry of the customer",
        "owner_id": "user who owns the order",
        "owner_name": "name of that user",
        "department_id": "department of the order",
        "ordered_on": "date of the order",
        "order_month": "first day of that month",
        "status": "draft, confirmed, paid or cancelled",
        "channel": "sales channel",
        "amount": "amount in the currency of the order",
        "currency": "currency of the order",
        "amount_base": "amount in the base currency at the rate of its date",
        "paid_amount": "received payments in the base currency, refunded ones left out",
        "units": "sum of the quantities of the lines",
    }
    "order_line" {
        "order_line_id": "crm.sales_order_line.id",
        "order_id": "order",
        "order_number": "number of the order",
        "line_no": "position in the order",
        "customer_id": "customer",
        "customer_name": "name of the customer",
        "region": "region of the customer",
        "industry": "industry of the customer",
        "owner_id": "user who owns the order",
        "department_id": "department of the order",
        "ordered_on": "date of the order",
        "order_month": "first day of that month",
        "status": "status of the order",
        "channel": "sales channel of the order",
        "product_id": "product",
        "product_code": "code of the product",
        "product_name": "name of the product",
        "category": "category of the product",
        "quantity": "quantity",
        "unit_price": "price of one unit in the currency of the order",
        "amount": "amount in the currency of the order",
        "amount_base": "amount in the base currency",
    }
    "campaign_result" {
        "campaign_id": "crm.campaign.id",
        "campaign": "name of the campaign",
        "planned": "messages in the ledger, skipped ones too",
        "accepted": "messages that the mail server took",
        "opened": "messages opened at least once",
        "clicked": "messages with at least one click",
        "unsubscribed": "messages that led to an unsubscription",
        "bounced": "messages that came back",
        "failed": "messages that could not be sent",
        "revenue_after": "base amount of the confirmed and paid orders that recipients placed within 30 days of the day of their first message",
    }
    "opportunity" {
        "opportunity_id": "crm.opportunity.id",
        "name": "name of the opportunity",
        "customer_id": "customer",
        "lead_id": "lead that it came from",
        "campaign_id": "campaign that it came from",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "stage": "sales stage now",
        "status": "open, won or lost",
        "lost_reason": "why it was lost",
        "forecast_category": "category of the forecast",
        "priority": "priority",
        "created_on": "day it was entered",
        "expected_close_on": "day it should be decided",
        "closed_on": "day it was won or lost",
        "amount_base": "amount in the base currency",
        "weighted_base": "amount times confidence in the base currency",
        "cycle_days": "days from entry to decision; empty while open",
    }
    "opportunity_stage_step" {
        "step_id": "crm.opportunity_stage_change.id",
        "opportunity_id": "opportunity",
        "customer_id": "customer of the opportunity",
        "owner_id": "user who owns the opportunity",
        "department_id": "department of the opportunity",
        "stage": "stage entered",
        "from_stage": "stage before",
        "entered_on": "day the stage was entered",
        "left_on": "day the stage was left; empty while in it",
        "days": "days in the stage",
    }
    "lead" {
        "lead_id": "crm.lead.id",
        "name": "name of the lead",
        "customer_id": "customer that it became",
        "opportunity_id": "opportunity that it became",
        "source_id": "source",
        "campaign_id": "campaign",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "source_category": "type of the source",
        "region": "sales region of the lead",
        "industry": "industry of the lead",
        "product_line": "product line of interest",
        "stage": "stage of the lead",
        "qualified": "whether it passed qualification",
        "score": "score",
        "created_on": "day it was entered",
        "converted_on": "day it became a customer",
    }
    "lead_step" {
        "step_id": "crm.history_entry.id",
        "lead_id": "lead",
        "customer_id": "customer, for steps of customers",
        "owner_id": "user concerned",
        "department_id": "department of the lead",
        "kind": "what happened",
        "from_value": "value before",
        "to_value": "value after",
        "happened_on": "day it happened",
    }
    "activity" {
        "activity_id": "crm.activity.id",
        "customer_id": "customer",
        "lead_id": "lead",
        "opportunity_id": "opportunity",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "type": "type of the activity",
        "status": "planned, done or cancelled",
        "intention": "intention to buy that was noted",
        "starts_on": "day it begins",
        "done_on": "day it was done",
    }
    "message" {
        "message_id": "crm.message.id",
        "campaign_id": "campaign",
        "customer_id": "customer it went to",
        "owner_id": "user who owns the campaign",
        "department_id": "department of the campaign",
        "state": "planned, accepted, bounced, failed, skipped",
        "sent_on": "day it was sent",
        "opened": "opened at least once",
        "clicked": "a link was followed at least once",
        "unsubscribed": "led to an unsubscription",
    }
    "campaign_touch" {
        "touch_id": "crm.campaign_touch.id",
        "campaign_id": "campaign",
        "customer_id": "customer",
        "contact_id": "contact",
        "opportunity_id": "opportunity",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "kind": "sent, opened, clicked, replied, attended or called",
        "touched_on": "day of the touch",
    }
    "campaign_cost" {
        "cost_id": "crm.campaign_cost.id",
        "campaign_id": "campaign",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "kind": "kind of cost",
        "spent_on": "day it was spent",
        "amount_base": "amount in the base currency",
    }
    "invoice" {
        "invoice_id": "crm.invoice.id",
        "customer_id": "customer",
        "order_id": "order",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "status": "issued or cancelled",
        "issued_on": "day of issue",
        "due_on": "day it is due",
        "amount_base": "amount in the base currency",
        "outstanding_base": "what is not yet paid, in the base currency at the rate of the invoice",
    }
    "receipt" {
        "payment_id": "crm.payment.id",
        "customer_id": "customer",
        "order_id": "order",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "method": "means of payment",
        "status": "received or refunded",
        "paid_on": "day of payment",
        "amount_base": "amount in the base currency",
    }
    "quota" {
        "quota_id": "crm.quota.id",
        "owner_id": "user who owns it",
        "department_id": "its department",
        "period": "name of the period",
        "from_on": "first day",
        "until_on": "last day",
        "amount_base": "quota in the base currency",
    }
    "behaviour_event" {
        "behaviour_event_id": "crm.behaviour_event.id",
        "type_id": "type of behaviour",
        "customer_id": "customer",
        "campaign_id": "campaign",
        "source": "web, api or basalt",
        "page": "page",
        "occurred_on": "day it occurred",
    }
    "segment_member" {
        "segment_id": "segment",
        "customer_id": "customer",
    }
    "contact" {
        "contact_id": "crm.contact.id",
        "customer_id": "customer",
        "name": "name",
    }
    "product" {
        "product_id": "crm.product.id",
        "code": "code",
        "name": "name",
        "category": "category",
    }
    "employee" {
        "employee_id": "crm.app_user.id",
        "login": "sign-in name",
        "name": "name",
        "department_id": "department",
        "department_name": "name of the department",
    }
    "department" {
        "department_id": "crm.department.id",
        "code": "code",
        "name": "name",
        "parent_id": "department above",
        "parent_name": "name of the department above",
    }
    "campaign" {
        "campaign_id": "crm.campaign.id",
        "name": "name",
        "status": "status",
        "channel": "channel",
        "owner_id": "user who owns it",
        "department_id": "its department",
    }
    "source" {
        "source_id": "crm.source.id",
        "code": "code",
        "name": "name",
        "category": "type of the source",
    }
    "date" {
        "date": "a day, from 1990 to 2040",
        "year": "year",
        "quarter": "quarter, 1 to 4",
        "month": "month, 1 to 12",
        "iso_week": "ISO week, 1 to 53",
        "day": "day of the month",
        "weekday": "day of the week, 1 is Monday",
        "month_start": "first day of the month",
        "quarter_start": "first day of the quarter",
        "year_start": "first day of the year",
        "is_weekend": "Saturday or Sunday",
    }
};
