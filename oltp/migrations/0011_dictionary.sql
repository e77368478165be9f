-- What administrators define at run time: objects, fields and option sets in the catalog's own
-- vocabulary. The state's version tells every process when to read them anew.

create table sys.dictionary_entry (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('option_set', 'object', 'field')),
  object text not null default '',
  name text not null,
  definition jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by bigint,
  unique (kind, object, name)
);

create table sys.dictionary_state (
  version bigint not null,
  only_row boolean primary key default true check (only_row)
);
insert into sys.dictionary_state (version) values (0);
