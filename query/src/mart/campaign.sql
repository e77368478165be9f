select
    g.id as campaign_id,
    g.name,
    g.status,
    g.channel,
    g.owner_id,
    g.department_id
from crm.campaign g
