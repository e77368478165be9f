select
    u.id as employee_id,
    u.login,
    u.name,
    u.department_id,
    d.name as department_name
from crm.app_user u
left join crm.department d on d.id = u.department_id
