-- Tables whose old rows leave Postgres, and what the collector of behaviour events keeps beside them.

-- How long rows stay here, a row a table; the lake keeps them for good. Without a row: for good.
create table sys.retention (
  table_name text primary key,
  keep_days int check (keep_days between 1 and 36500),
  -- Ids a partition made from now on takes.
  partition_ids bigint not null default 5000000 check (partition_ids between 10 and 1000000000)
);

-- The partitions by ranges of ids: [first_id, past_id).
create table sys.id_partition (
  table_name text not null,
  first_id bigint not null,
  past_id bigint not null,
  partition text not null,
  -- Once all of its rows are over their time: it goes as soon as the lake has acknowledged this position.
  farewell pg_lsn,
  dropped_at timestamptz,
  primary key (table_name, first_id)
);

-- Makes partitions until two whole ones lie ahead of the last id given out, so that no insert waits for one.
create function sys.extend_partitions(of_table text) returns int
language plpgsql
as $$
declare
  step bigint := coalesce((select partition_ids from sys.retention where table_name = of_table), 5000000);
  given bigint;
  ahead bigint;
  fresh text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('sys.extend_partitions'), hashtext(of_table));
  given := coalesce(pg_sequence_last_value(pg_get_serial_sequence(format('crm.%I', of_table), 'id')::regclass), 0);
  loop
    ahead := coalesce((select max(past_id) from sys.id_partition where table_name = of_table), 1);
    exit when ahead > given + 2 * step;
    fresh := format('%s_%s', of_table, ahead);
    -- Attached, not created in place: that locks out nobody who writes.
    execute format('create table sys.%I (like crm.%I including defaults including constraints)', fresh, of_table);
    execute format('alter table crm.%I attach partition sys.%I for values from (%s) to (%s)', of_table, fresh, ahead, ahead + step);
    insert into sys.id_partition (table_name, first_id, past_id, partition) values (of_table, ahead, ahead + step, fresh);
    made := made + 1;
  end loop;
  return made;
end $$;

-- Events that have been taken, for as long as one of their age would be taken again.
create table sys.behaviour_seen (
  event_id uuid primary key,
  received_at timestamptz not null default now()
);
create index behaviour_seen_received on sys.behaviour_seen using brin (received_at);

-- Websites that may send events. The key stands in their pages: it names the site and is no secret.
create table sys.behaviour_site (
  key text primary key,
  name text not null,
  -- Where the snippet may run, such as https://shop.example.
  origins text[] not null,
  created_at timestamptz not null default now()
);

-- A customer's token for a website, by its hash.
create table sys.behaviour_identity (
  token_hash bytea primary key,
  customer_id bigint not null,
  contact_id bigint,
  expires_at timestamptz not null
);

-- Whom a browser belongs to, once it has shown a token.
create table sys.behaviour_visitor (
  visitor text primary key,
  customer_id bigint not null,
  contact_id bigint,
  since timestamptz not null default now()
);

-- What happens in Basalt itself. The identity of such an event comes from the record, so that nothing is noted twice.
create function sys.note_behaviour(kind text, record text, customer bigint, contact bigint, campaign bigint, happened_at timestamptz)
returns void
language plpgsql
as $$
begin
  with fresh as (
    insert into sys.behaviour_seen (event_id)
    select md5(kind || ':' || record)::uuid
     where exists (select from crm.behaviour_type t where t.key = kind and t.active and t.deleted_at is null)
    on conflict do nothing
    returning event_id
  )
  insert into crm.behaviour_event (event_id, type_id, occurred_at, customer_id, contact_id, campaign_id, source, attributes)
  select f.event_id::text, t.id, happened_at, customer, contact, campaign, 'basalt', '{}'
    from fresh f join crm.behaviour_type t on t.key = kind;
end $$;

create function sys.note_orders() returns trigger
language plpgsql
as $$
begin
  with fresh as (
    insert into sys.behaviour_seen (event_id)
    select md5('order_placed:' || n.id)::uuid from new_rows n
     where exists (select from crm.behaviour_type t where t.key = 'order_placed' and t.active and t.deleted_at is null)
    on conflict do nothing
    returning event_id
  )
  insert into crm.behaviour_event (event_id, type_id, occurred_at, customer_id, source, attributes)
  select f.event_id::text, t.id, n.ordered_on::timestamp at time zone 'UTC', n.customer_id, 'basalt',
         jsonb_build_object('order', n.number, 'amount', n.amount, 'currency', n.amount_currency)
    from new_rows n
    join fresh f on f.event_id = md5('order_placed:' || n.id)::uuid
    join crm.behaviour_type t on t.key = 'order_placed';
  return null;
end $$;

-- An order that is removed for good (an import taken back, a purge) was not placed; of a customer that is, nothing is kept.
create function sys.forget_orders() returns trigger
language plpgsql
as $$
begin
  with gone as (
    delete from crm.behaviour_event e using old_rows o
     where e.customer_id = o.customer_id and e.event_id = md5('order_placed:' || o.id)::uuid::text
    returning e.event_id
  )
  delete from sys.behaviour_seen s using gone where s.event_id = gone.event_id::uuid;
  return null;
end $$;

create function sys.forget_customers() returns trigger
language plpgsql
as $$
begin
  delete from crm.behaviour_event e using old_rows o where e.customer_id = o.id;
  delete from sys.behaviour_visitor v using old_rows o where v.customer_id = o.id;
  delete from sys.behaviour_identity i using old_rows o where i.customer_id = o.id;
  return null;
end $$;

create function sys.note_mail_read() returns trigger
language plpgsql
as $$
begin
  if old.first_open_at is null and new.first_open_at is not null then
    perform sys.note_behaviour('mail_opened', new.id::text, new.customer_id, new.contact_id, new.campaign_id, new.first_open_at);
  end if;
  if old.first_click_at is null and new.first_click_at is not null then
    perform sys.note_behaviour('mail_clicked', new.id::text, new.customer_id, new.contact_id, new.campaign_id, new.first_click_at);
  end if;
  return null;
end $$;

-- Whoever sees customers sees what they did; marketers say what kinds of behaviour there are.
update sys.profile
   set rights = jsonb_set(jsonb_set(rights, '{objects,behaviour_event}', '{"read":true,"export":true,"rows":"all"}'),
                          '{objects,behaviour_type}', '{"read":true,"export":true,"rows":"all"}')
 where name in ('manager', 'sales', 'marketer', 'analyst');
update sys.profile
   set rights = jsonb_set(rights, '{objects,behaviour_type}', '{"create":true,"read":true,"update":true,"export":true,"rows":"all"}')
 where name = 'marketer';
