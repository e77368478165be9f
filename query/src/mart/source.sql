select
    s.id as source_id,
    s.code,
    s.name,
    s.category
from crm.source s
