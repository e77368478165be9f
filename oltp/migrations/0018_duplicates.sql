-- Rules by which records are taken for duplicates, and each record's keys under them.

create table sys.duplicate_rule (
  id bigint generated always as identity primary key,
  object text not null,
  name text not null,
  active boolean not null default true,
  -- warn: the likely duplicates are told; block: the record is refused.
  action text not null check (action in ('warn', 'block')),
  -- [{"field", "match": "exact" | "phone" | "email" | "company" | "similar", "threshold"}, …]: all must match.
  parts jsonb not null,
  changed_at timestamptz not null default now(),
  changed_by bigint,
  unique (object, name)
);

create table sys.duplicate_key (
  rule_id bigint not null references sys.duplicate_rule (id) on delete cascade,
  record_id bigint not null,
  -- All exact parts, normalised; empty for a rule that has none.
  exact_key text not null collate "C",
  -- Pieces of the similar part, and the few of them by which candidates are found.
  grams text[] not null collate "C",
  blocks text[] not null collate "C",
  primary key (rule_id, record_id)
);
create index duplicate_key_exact_idx on sys.duplicate_key (rule_id, exact_key) where exact_key <> '';
create index duplicate_key_blocks_idx on sys.duplicate_key using gin (blocks);
