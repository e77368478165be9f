select
    l.id as lead_id,
    l.name,
    l.customer_id,
    l.opportunity_id,
    l.source_id,
    l.campaign_id,
    l.owner_id,
    l.department_id,
    l.source_category,
    l.region,
    l.industry,
    l.product_line,
    l.stage,
    l.qualified,
    l.score,
    cast(l.created_at as date) as created_on,
    cast(l.converted_at as date) as converted_on
from crm.lead l
