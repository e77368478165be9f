select
    i.id as invoice_id,
    i.customer_id,
    i.order_id,
    i.owner_id,
    i.department_id,
    i.status,
    i.issued_on,
    i.due_on,
    i.amount_base,
    cast((i.amount - coalesce(i.allocated, 0)) * i.amount_rate as decimal(20, 2)) as outstanding_base
from crm.invoice i
