-- Erasure of persons: asked for once, then carried out in the lake until it is done.

create table sys.erasure (
  id bigint generated always as identity primary key,
  object text not null,
  record_id bigint not null,
  reason text not null,
  actor text not null,
  asked_at timestamptz not null default now(),
  -- [{"table", "columns", "ids"}, …]: what the lake has to erase.
  parts jsonb not null,
  parts_done int not null default 0,
  -- Why the last attempt failed; it is tried again.
  error text,
  done_at timestamptz
);
create index erasure_open_idx on sys.erasure (id) where done_at is null;

-- The audit trail is only added to, but an erasure takes personal values out of it.
create function sys.refuse_audit_change() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'UPDATE' and current_setting('basalt.erasing', true) = 'on' then
    return null;
  end if;
  raise exception 'the audit trail is only added to';
end $$;

drop trigger append_only on sys.audit_entry;
create trigger append_only before update or delete or truncate on sys.audit_entry
for each statement execute function sys.refuse_audit_change();
