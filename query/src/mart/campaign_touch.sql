select
    t.id as touch_id,
    t.campaign_id,
    t.customer_id,
    t.contact_id,
    t.opportunity_id,
    t.owner_id,
    t.department_id,
    t.kind,
    cast(t.at as date) as touched_on
from crm.campaign_touch t
