select
    d.id as department_id,
    d.code,
    d.name,
    d.parent_id,
    a.name as parent_name
from crm.department d
left join crm.department a on a.id = d.parent_id
