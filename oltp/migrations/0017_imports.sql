-- Imports that can be followed, stopped and taken back.

alter table sys.import_run
  drop constraint import_run_status_check,
  add constraint import_run_status_check check (status in ('running', 'done', 'dry_run', 'failed', 'cancelled', 'undone')),
  add column upsert_key text,
  add column reason_en text,
  add column reason_zh text,
  add column refused_file text,
  add column undone_at timestamptz,
  add column rows_removed bigint,
  add column rows_restored bigint,
  add column rows_kept bigint;

-- Values of changed records from before the import, and the version the import gave them.
create table sys.import_before (
  import_id bigint not null references sys.import_run (id) on delete cascade,
  record_id bigint not null,
  version int not null,
  before jsonb not null,
  primary key (import_id, record_id)
);
