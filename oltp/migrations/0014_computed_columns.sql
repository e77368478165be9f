-- What triggers compute from other rows is no change by anyone: it neither counts the version up nor
-- stands in the audit trail.

create or replace function sys.touch() returns trigger
language plpgsql
as $$
begin
  if current_setting('basalt.derived', true) = '1' then
    return new;
  end if;
  new.version := old.version + 1;
  new.updated_at := now();
  new.updated_by := sys.acting_user();
  return new;
end $$;

create function sys.is_derived() returns boolean
language sql stable parallel safe
as $$ select coalesce(current_setting('basalt.derived', true), '') = '1' $$;

create or replace function sys.audit_change() returns trigger
language plpgsql
as $$
declare
  who jsonb := coalesce(nullif(current_setting('basalt.actor', true), ''), '{}')::jsonb;
  actor text := coalesce(who ->> 'actor', 'unknown');
  via text := coalesce(who ->> 'via', 'sql');
  bookkeeping constant text[] := array['id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'version'];
begin
  if sys.is_derived() then
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into sys.audit_entry (table_name, row_id, op, actor, via, changes)
    select tg_table_name, n.id, 'create', actor, via, jsonb_strip_nulls(to_jsonb(n)) - bookkeeping
    from new_rows n;
  elsif tg_op = 'UPDATE' then
    insert into sys.audit_entry (table_name, row_id, op, actor, via, changes)
    select tg_table_name, c.id, 'update', actor, via, c.changes
    from (
      select n.id, (
        select jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value))
        from jsonb_each(to_jsonb(n) - bookkeeping) a
        join jsonb_each(to_jsonb(o) - bookkeeping) b on b.key = a.key
        where a.value is distinct from b.value
      ) as changes
      from new_rows n join old_rows o on o.id = n.id
    ) c
    where c.changes is not null;
  elsif tg_op = 'DELETE' then
    insert into sys.audit_entry (table_name, row_id, op, actor, via, changes)
    select tg_table_name, o.id, 'delete', actor, via, jsonb_strip_nulls(to_jsonb(o)) - bookkeeping
    from old_rows o;
  else
    insert into sys.audit_entry (table_name, row_id, op, actor, via, changes)
    values (tg_table_name, 0, 'truncate', actor, via, '{}');
  end if;
  return null;
end $$;
