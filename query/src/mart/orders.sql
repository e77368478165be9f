select
    o.id as order_id,
    o.number,
    o.customer_id,
    c.name as customer_name,
    c.region,
    c.industry,
    o.owner_id,
    u.name as owner_name,
    o.department_id,
    o.ordered_on,
    cast(date_trunc('month', o.ordered_on) as date) as order_month,
    o.status,
    o.channel,
    o.amount,
    o.amount_currency as currency,
    o.amount_base,
    cast(coalesce(p.paid, 0) as decimal(20, 2)) as paid_amount,
    cast(coalesce(l.units, 0) as decimal(20, 3)) as units
from crm.sales_order o
left join crm.customer c on c.id = o.customer_id
left join crm.app_user u on u.id = o.owner_id
left join (
    select order_id, sum(amount_base) as paid
    from crm.payment
    where status = 'received'
    group by order_id
) p on p.order_id = o.id
left join (
    select order_id, sum(quantity) as units
    from crm.sales_order_line
    group by order_id
) l on l.order_id = o.id
