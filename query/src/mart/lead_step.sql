select
    h.id as step_id,
    h.lead_id,
    h.customer_id,
    h.rep_id as owner_id,
    l.department_id,
    h.kind,
    h.from_value,
    h.to_value,
    cast(h.happened_at as date) as happened_on
from crm.history_entry h
left join crm.lead l on l.id = h.lead_id
