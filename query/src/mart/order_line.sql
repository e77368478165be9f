select
    l.id as order_line_id,
    l.order_id,
    o.number as order_number,
    l.line_no,
    o.customer_id,
    c.name as customer_name,
    c.region,
    c.industry,
    o.owner_id,
    o.department_id,
    o.ordered_on,
    cast(date_trunc('month', o.ordered_on) as date) as order_month,
    o.status,
    o.channel,
    l.product_id,
    p.code as product_code,
    p.name as product_name,
    p.category,
    l.quantity,
    l.unit_price,
    l.amount,
    l.amount_base
from crm.sales_order_line l
join crm.sales_order o on o.id = l.order_id
left join crm.customer c on c.id = o.customer_id
left join crm.product p on p.id = l.product_id
