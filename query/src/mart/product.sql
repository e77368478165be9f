select
    p.id as product_id,
    p.code,
    p.name,
    p.category
from crm.product p
