select
    a.id as activity_id,
    a.customer_id,
    a.lead_id,
    a.opportunity_id,
    a.owner_id,
    a.department_id,
    a.type,
    a.status,
    a.intention,
    cast(a.starts_at as date) as starts_on,
    cast(a.done_at as date) as done_on
from crm.activity a
