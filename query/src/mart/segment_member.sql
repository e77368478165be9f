select
    m.segment_id,
    m.customer_id
from crm.segment_member m
