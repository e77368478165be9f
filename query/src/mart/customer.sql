select
    c.id as customer_key,
    c.code,
    c.name,
    c.kind,
    c.industry,
    c.region,
    c.level,
    c.city,
    c.owner_id,
    u.name as owner_name,
    c.department_id,
    d.name as department_name,
    coalesce(c.first_order_on, o.first_order_on) as first_order_on,
    cast(date_trunc('month', coalesce(c.first_order_on, o.first_order_on)) as date) as cohort_month,
    coalesce(o.orders, 0) as orders,
    cast(coalesce(o.revenue, 0) as decimal(20, 2)) as revenue,
    o.last_order_on,
    s.r,
    s.f,
    s.m,
    s.rfm_segment,
    s.p_alive,
    s.clv,
    s.value_band
from crm.customer c
left join (
    select
        customer_id,
        count(*) as orders,
        sum(amount_base) as revenue,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on
    from crm.sales_order
    where status in ('confirmed', 'paid')
    group by customer_id
) o on o.customer_id = c.id
left join crm.customer_score s on s.customer_id = c.id
left join crm.app_user u on u.id = c.owner_id
left join crm.department d on d.id = c.department_id
