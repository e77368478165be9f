select
    k.id as cost_id,
    k.campaign_id,
    k.owner_id,
    k.department_id,
    k.kind,
    k.spent_on,
    k.amount_base
from crm.campaign_cost k
