-- How forms are laid out for a profile and a type of record, and lists that people saved.

create table sys.layout (
  id bigint generated always as identity primary key,
  object text not null,
  -- Null: for everyone without a layout of their own.
  profile text,
  -- Null: for every record; else a condition such as {"field": "kind", "op": "eq", "value": "person"}.
  shown_for jsonb,
  -- [{"label": {"en", "zh"}, "fields": [name, …]}, …]
  sections jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by bigint
);
create unique index layout_key on sys.layout (object, coalesce(profile, ''), coalesce(shown_for::text, ''));

create table sys.list_view (
  id bigint generated always as identity primary key,
  object text not null,
  owner_id bigint not null,
  name text not null,
  shared boolean not null default false,
  -- {"filter", "fields", "sort", "q", "tag"}
  definition jsonb not null,
  changed_at timestamptz not null default now(),
  unique (object, owner_id, name)
);
create index list_view_shared_idx on sys.list_view (object) where shared;
