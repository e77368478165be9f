select
    y.id as payment_id,
    y.customer_id,
    y.order_id,
    y.owner_id,
    y.department_id,
    y.method,
    y.status,
    y.paid_on,
    y.amount_base
from crm.payment y
