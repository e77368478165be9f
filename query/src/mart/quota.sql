select
    q.id as quota_id,
    q.owner_id,
    q.department_id,
    q.period,
    q.from_on,
    q.until_on,
    q.amount_base
from crm.quota q
