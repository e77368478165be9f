-- The search index: one row a record, each word under the object and field it stands in
-- (customer.name:acme), so that a search asks only for what its reader may see.

create table sys.search_entry (
  object text not null,
  record_id bigint not null,
  tokens tsvector not null,
  primary key (object, record_id)
);
create index search_entry_tokens_idx on sys.search_entry using gin (tokens);

-- Records that came in masses, by import or because more of them became searchable; indexed in the background.
create table sys.search_pending (
  object text not null,
  record_id bigint not null,
  primary key (object, record_id)
);
