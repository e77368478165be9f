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
