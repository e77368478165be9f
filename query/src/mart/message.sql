select
    m.id as message_id,
    m.campaign_id,
    m.customer_id,
    g.owner_id,
    g.department_id,
    m.state,
    cast(m.sent_at as date) as sent_on,
    m.first_open_at is not null as opened,
    m.first_click_at is not null as clicked,
    m.unsubscribed_at is not null as unsubscribed
from crm.message m
left join crm.campaign g on g.id = m.campaign_id
