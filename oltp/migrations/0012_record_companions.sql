-- What any record may carry, keyed by the object's name and the record's id. Rights are those of the
-- record; nothing here is captured.

create table sys.record_tag (
  object text not null,
  record_id bigint not null,
  tag text not null collate "C",
  tagged_at timestamptz not null default now(),
  tagged_by bigint,
  primary key (object, record_id, tag)
);
create index record_tag_tag_idx on sys.record_tag (tag, object, record_id);

-- Notes (what is known) and comments (what is discussed).
create table sys.remark (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('note', 'comment')),
  object text not null,
  record_id bigint not null,
  -- The comment that this one answers.
  answers bigint references sys.remark (id) on delete cascade,
  body text not null,
  created_at timestamptz not null default now(),
  created_by bigint not null,
  edited_at timestamptz,
  deleted_at timestamptz
);
create index remark_record_idx on sys.remark (object, record_id, created_at);

create table sys.mention (
  remark_id bigint not null references sys.remark (id) on delete cascade,
  user_id bigint not null,
  seen_at timestamptz,
  primary key (remark_id, user_id)
);
create index mention_user_idx on sys.mention (user_id, remark_id);

-- What people attach themselves to: 'follow' or 'favourite'.
create table sys.record_mark (
  user_id bigint not null,
  kind text not null check (kind in ('follow', 'favourite')),
  object text not null,
  record_id bigint not null,
  marked_at timestamptz not null default now(),
  primary key (user_id, kind, object, record_id)
);
create index record_mark_record_idx on sys.record_mark (object, record_id, kind);

-- Merges of duplicates, with what is needed to take them back.
create table sys.merge_run (
  id bigint generated always as identity primary key,
  object text not null,
  survivor_id bigint not null,
  merged_ids bigint[] not null,
  -- {"fields": {name: [before, after]}, "moved": [{"object", "field", "rows": [[id, was], …]}, …], "companions": …}
  undo jsonb not null,
  at timestamptz not null default now(),
  by_user bigint,
  undone_at timestamptz
);
create index merge_run_survivor_idx on sys.merge_run (object, survivor_id);
