select
    g.id as campaign_id,
    g.name as campaign,
    coalesce(m.planned, 0) as planned,
    coalesce(m.accepted, 0) as accepted,
    coalesce(m.opened, 0) as opened,
    coalesce(m.clicked, 0) as clicked,
    coalesce(m.unsubscribed, 0) as unsubscribed,
    coalesce(m.bounced, 0) as bounced,
    coalesce(m.failed, 0) as failed,
    cast(coalesce(r.revenue_after, 0) as decimal(20, 2)) as revenue_after
from crm.campaign g
left join (
    select
        campaign_id,
        count(*) as planned,
        count(*) filter (where state = 'accepted') as accepted,
        count(first_open_at) as opened,
        count(first_click_at) as clicked,
        count(unsubscribed_at) as unsubscribed,
        count(*) filter (where state = 'bounced') as bounced,
        count(*) filter (where state = 'failed') as failed
    from crm.message
    group by campaign_id
) m on m.campaign_id = g.id
left join (
    select t.campaign_id, sum(o.amount_base) as revenue_after
    from (
        select campaign_id, customer_id, cast(min(sent_at) as date) as sent_on
        from crm.message
        where state = 'accepted' and sent_at is not null
        group by campaign_id, customer_id
    ) t
    join crm.sales_order o on o.customer_id = t.customer_id
    where o.status in ('confirmed', 'paid')
      and o.ordered_on >= t.sent_on
      and o.ordered_on < t.sent_on + interval '30 days'
    group by t.campaign_id
) r on r.campaign_id = g.id
