-- Attachments of records. The bytes lie in object storage under `path`; a row is written when they are all
-- there. Paths that no row names any more wait in the garbage until they are removed.

create table sys.file (
  id bigint generated always as identity primary key,
  object text not null,
  record_id bigint not null,
  name text not null,
  media_type text not null,
  bytes bigint not null,
  sha256 text not null,
  path text not null unique,
  created_at timestamptz not null default now(),
  created_by bigint not null
);
create index file_record_idx on sys.file (object, record_id, id);

create table sys.file_garbage (
  path text primary key,
  -- False while an upload may still be going on.
  ready boolean not null,
  since timestamptz not null default now()
);

create function sys.file_is_gone() returns trigger
language plpgsql
as $$
begin
  insert into sys.file_garbage (path, ready) values (old.path, true) on conflict (path) do update set ready = true;
  return null;
end $$;
create trigger file_is_gone after delete on sys.file for each row execute function sys.file_is_gone();
