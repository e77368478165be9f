-- Stages of opportunities and customers: what each means; the names stand in the option sets.

create table sys.stage (
  object text not null,
  value text not null,
  position int not null,
  confidence numeric(5, 2) not null check (confidence between 0 and 100),
  kind text not null default 'open' check (kind in ('open', 'won', 'lost')),
  forecast text not null default 'pipeline' check (forecast in ('omitted', 'pipeline', 'best_case', 'commit', 'closed')),
  -- stages that may follow; null: any
  moves text[],
  -- above this amount (base currency) the stage is entered with an approval only
  approval_above numeric(18, 2) check (approval_above >= 0),
  primary key (object, value)
);

insert into sys.stage (object, value, position, confidence, kind, forecast, moves) values
  ('opportunity', 'prospect', 1, 10, 'open', 'pipeline', null),
  ('opportunity', 'needs', 2, 20, 'open', 'pipeline', null),
  ('opportunity', 'proposal', 3, 40, 'open', 'pipeline', null),
  ('opportunity', 'quoting', 4, 60, 'open', 'best_case', null),
  ('opportunity', 'negotiation', 5, 80, 'open', 'commit', null),
  ('opportunity', 'won', 6, 100, 'won', 'closed', '{}'),
  ('opportunity', 'lost', 7, 0, 'lost', 'omitted', '{prospect,needs,proposal}'),
  ('customer', 'potential', 1, 10, 'open', 'pipeline', null),
  ('customer', 'contacted', 2, 30, 'open', 'pipeline', null),
  ('customer', 'intent', 3, 60, 'open', 'best_case', null),
  ('customer', 'buying', 4, 100, 'open', 'closed', null),
  ('customer', 'lapsed', 5, 0, 'open', 'omitted', null);

-- What the forecast counts.
create table sys.forecast_setting (
  only_row boolean primary key default true check (only_row),
  excluded_stages text[] not null default '{}',
  weighting text not null default 'confidence' check (weighting in ('confidence', 'full'))
);
insert into sys.forecast_setting default values;

-- Rights of the standard profiles.
do $$
declare
  name_of text;
begin
  foreach name_of in array array['opportunity', 'opportunity_line', 'opportunity_contact'] loop
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of],
      '{"create":true,"read":true,"update":true,"delete":true,"export":true,"share":true,"rows":"own"}')
    where name = 'sales';
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of],
      '{"create":true,"read":true,"update":true,"delete":true,"export":true,"share":true,"approve":true,"rows":"department_tree"}')
    where name = 'manager';
    update sys.profile set rights = jsonb_set(rights, array['objects', name_of], '{"read":true,"export":true,"rows":"all"}')
    where name in ('analyst', 'marketer');
  end loop;
  update sys.profile set rights = jsonb_set(rights, '{objects,opportunity_stage_change}', '{"read":true,"rows":"own"}')
  where name = 'sales';
  update sys.profile set rights = jsonb_set(rights, '{objects,opportunity_stage_change}', '{"read":true,"export":true,"rows":"department_tree"}')
  where name = 'manager';
  update sys.profile set rights = jsonb_set(rights, '{objects,opportunity_stage_change}', '{"read":true,"export":true,"rows":"all"}')
  where name in ('analyst', 'marketer');
end $$;
