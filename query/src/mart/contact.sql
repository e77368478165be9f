select
    t.id as contact_id,
    t.customer_id,
    t.name
from crm.contact t
