-- Who may come in: passwords, sessions, API keys, SQL tokens and the record of every attempt.
-- Schema sys is never captured, so no secret (not even a hash) ever reaches the lake.
-- user_id means crm.app_user.id; that table is made later, from the dictionary, hence no foreign keys.

create schema if not exists sys;

create table sys.user_secret (
    user_id             bigint primary key,
    password_hash       text not null,                       -- argon2id, PHC string
    password_changed_at timestamptz not null default now()
);

create table sys.session (
    id           bigint generated always as identity primary key,
    token_hash   bytea not null unique,                      -- SHA-256 of the opaque token
    user_id      bigint not null,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    ip           text,
    user_agent   text
);
create index session_user_idx on sys.session (user_id) where revoked_at is null;
create index session_expiry on sys.session (expires_at);

create table sys.access_token (
    id           bigint generated always as identity primary key,
    kind         text not null check (kind in ('api', 'sql')),
    user_id      bigint not null,
    name         text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    -- API keys
    scopes       text[] not null default '{}',
    hint         text,                                       -- first characters, so that people recognise a key
    secret_hash  bytea unique,                               -- SHA-256 of the key
    -- SQL tokens: a SCRAM-SHA-256 verifier, from which the password can't be had
    username     text unique,
    salt         bytea,
    iterations   integer,
    stored_key   bytea,
    server_key   bytea,
    check (case kind
        when 'api' then secret_hash is not null and hint is not null
        else username is not null and salt is not null and iterations >= 4096
             and octet_length(stored_key) = 32 and octet_length(server_key) = 32
    end)
);
create index access_token_user on sys.access_token (user_id) where revoked_at is null;

create table sys.sign_in_audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    login      text not null,
    user_id    bigint,
    ip         text not null,
    user_agent text,
    outcome    text not null check (outcome in ('pending', 'ok', 'refused', 'disabled', 'throttled'))
);
create index sign_in_audit_login on sys.sign_in_audit (login, at desc);
create index sign_in_audit_ip on sys.sign_in_audit (ip, at desc);

-- Answers kept for a day, so that a POST that is sent again with the same Idempotency-Key acts once.
create table sys.idempotency_key (
    user_id      bigint not null,
    key          text not null,
    fingerprint  bytea not null,                             -- SHA-256 of method, path and body
    created_at   timestamptz not null default now(),
    status       integer,                                    -- null: the first request has not answered
    headers      jsonb,
    body         bytea,
    primary key (user_id, key)
);
create index idempotency_key_age on sys.idempotency_key (created_at);
