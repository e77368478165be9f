-- Signing in: second factor, password rules, single sign-on, "log in as"; and where outgoing requests may go.

alter table sys.session add column impersonator_id bigint;

alter table sys.sign_in_audit drop constraint sign_in_audit_outcome_check;
alter table sys.sign_in_audit add constraint sign_in_audit_outcome_check check (outcome in
  ('pending', 'ok', 'refused', 'disabled', 'throttled', 'second_factor', 'single_sign_on', 'log_in_as'));
alter table sys.sign_in_audit add column by_user_id bigint;      -- who logged in as user_id
alter table sys.sign_in_audit add column note text;

create table sys.totp (
  user_id bigint primary key,
  secret bytea not null,
  confirmed_at timestamptz,                              -- null: enrolled, but no code has been shown to work yet
  last_step bigint not null default 0,                   -- a code works once
  created_at timestamptz not null default now()
);

create table sys.recovery_code (
  user_id bigint not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

create table sys.password_rules (
  only_row boolean primary key default true check (only_row),
  id bigint not null default 1,
  min_length int not null default 8 check (min_length between 8 and 64),
  kinds int not null default 1 check (kinds between 1 and 4),   -- of small letters, capitals, digits, others
  remembered int not null default 0 check (remembered between 0 and 24)
);
insert into sys.password_rules default values;
create trigger audit_update after update on sys.password_rules
referencing old table as old_rows new table as new_rows for each statement execute function sys.audit_change();

create table sys.former_password (
  id bigint generated always as identity primary key,
  user_id bigint not null,
  password_hash text not null,
  at timestamptz not null default now()
);
create index former_password_user on sys.former_password (user_id, id desc);

create table sys.oidc_provider (
  name text primary key,
  label_en text not null,
  label_zh text not null,
  issuer text not null,
  client_id text not null,
  client_secret text,                                    -- null: a public client, PKCE alone
  scopes text not null default 'openid profile email',
  login_claim text not null default 'preferred_username' check (login_claim in ('preferred_username', 'email')),
  active boolean not null default true
);

-- A sign-in under way at a provider. Kept for minutes.
create table sys.oidc_attempt (
  state_hash bytea primary key,
  provider text not null references sys.oidc_provider (name) on delete cascade,
  browser_hash bytea not null,                           -- of the cookie of the browser that began
  nonce text not null,
  verifier text not null,
  return_to text not null,
  expires_at timestamptz not null
);

-- Whom a provider's subject is.
create table sys.user_identity (
  provider text not null references sys.oidc_provider (name) on delete cascade,
  subject text not null,
  user_id bigint not null,
  linked_at timestamptz not null default now(),
  primary key (provider, subject)
);
create index user_identity_user on sys.user_identity (user_id);

-- Private addresses that outgoing requests may reach all the same: "host", "host:port" or an address with prefix length.
create table sys.outbound_allow (
  entry text primary key,
  note text,
  created_at timestamptz not null default now()
);
