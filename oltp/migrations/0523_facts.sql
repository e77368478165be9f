-- Rights on quotas, costs and touches of campaigns, invoices and payment allocations.
do $$
declare
  name_of text;
begin
  foreach name_of in array array['invoice', 'payment_allocation'] loop
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of], '{"create":true,"read":true,"update":true,"export":true,"rows":"own"}')
    where name = 'sales';
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of], '{"create":true,"read":true,"update":true,"delete":true,"export":true,"rows":"department_tree"}')
    where name = 'manager';
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of], '{"read":true,"export":true,"rows":"all"}')
    where name = 'analyst';
  end loop;
  update sys.profile set rights = jsonb_set(rights, '{objects,quota}', '{"read":true,"rows":"own"}') where name = 'sales';
  update sys.profile set rights = jsonb_set(rights, '{objects,quota}', '{"create":true,"read":true,"update":true,"delete":true,"export":true,"rows":"department_tree"}') where name = 'manager';
  update sys.profile set rights = jsonb_set(rights, '{objects,quota}', '{"read":true,"export":true,"rows":"all"}') where name = 'analyst';
  foreach name_of in array array['campaign_cost', 'campaign_touch'] loop
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of], '{"create":true,"read":true,"update":true,"delete":true,"export":true,"import":true,"rows":"all"}')
    where name = 'marketer';
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of], '{"read":true,"export":true,"rows":"all"}')
    where name in ('analyst', 'manager');
  end loop;
end $$;
