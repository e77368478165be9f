select
    b.id as behaviour_event_id,
    b.type_id,
    b.customer_id,
    b.campaign_id,
    b.source,
    b.page,
    cast(b.occurred_at as date) as occurred_on
from crm.behaviour_event b
