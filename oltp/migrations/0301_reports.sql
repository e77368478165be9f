-- Report packs: what is sent to whom and when, and the archive of what was sent.
-- user_id means crm.app_user.id; that table is made later, from the dictionary, hence no foreign keys.

create table sys.report_pack (
    id           bigint generated always as identity primary key,
    definition   text not null,                              -- name of the pack's file
    label        text not null unique,
    cron         text,                                       -- null: only by hand
    time_zone    text not null default 'UTC',                -- IANA name; the schedule and the shown times are in it
    active       boolean not null default true,
    next_due_at  timestamptz,
    created_at   timestamptz not null default now(),
    created_by   text not null
);
create index report_pack_due on sys.report_pack (next_due_at) where active;

create table sys.report_recipient (
    pack_id bigint not null references sys.report_pack (id) on delete cascade,
    user_id bigint not null,
    primary key (pack_id, user_id)
);

-- One row a recipient and due time. planned: to be rendered; rendered: archived, to be mailed; sent; failed: given up.
create table sys.report_delivery (
    id              bigint generated always as identity primary key,
    pack_id         bigint not null references sys.report_pack (id),
    user_id         bigint not null,
    due_at          timestamptz not null,
    state           text not null default 'planned' check (state in ('planned', 'rendered', 'sent', 'failed')),
    attempts        int not null default 0,
    next_attempt_at timestamptz not null,
    claimed_until   timestamptz,                             -- a worker is at it until then
    recipient       text,
    address         text,
    locale          text,
    subject         text,
    plain_text      text,
    lsn             text,                                    -- the change log position that the figures show
    message_ref     text not null unique,                    -- Message-ID: the same at every attempt
    error           text,
    created_at      timestamptz not null default now(),
    rendered_at     timestamptz,
    sent_at         timestamptz,
    unique (pack_id, user_id, due_at)
);
create index report_delivery_open on sys.report_delivery (next_attempt_at) where state in ('planned', 'rendered');

-- The archive: a row is written once, with the file's hash, and never changed.
create table sys.report_file (
    delivery_id bigint not null references sys.report_delivery (id),
    format      text not null check (format in ('pdf', 'xlsx', 'html')),
    file_name   text not null,
    path        text not null,                               -- below the archive's folder
    bytes       bigint not null,
    sha256      text not null,
    archived_at timestamptz not null default now(),
    primary key (delivery_id, format)
);

create function sys.refuse_archive_change() returns trigger language plpgsql as $$
begin
    raise exception 'the report archive is not changed: %', tg_op using errcode = 'restrict_violation';
end
$$;
create trigger report_file_immutable before update or delete on sys.report_file
    for each row execute function sys.refuse_archive_change();
create trigger report_file_not_truncated before truncate on sys.report_file
    for each statement execute function sys.refuse_archive_change();
