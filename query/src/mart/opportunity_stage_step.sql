select
    s.id as step_id,
    s.opportunity_id,
    p.customer_id,
    p.owner_id,
    p.department_id,
    s.stage,
    s.from_stage,
    cast(s.entered_at as date) as entered_on,
    cast(s.left_at as date) as left_on,
    s.days
from crm.opportunity_stage_change s
left join crm.opportunity p on p.id = s.opportunity_id
