-- Named accounts of the console. The two whose passwords stand in the settings have no row.
create table accounts (
    name text primary key,
    role text not null check (role in ('viewer', 'operator')),
    password_hash text, -- null: it is used by its tokens only
    created_at timestamptz not null default now(),
    disabled_at timestamptz
);

-- Tokens of the API. The token itself is shown once and kept nowhere.
create table api_tokens (
    id bigint generated always as identity primary key,
    token_hash bytea not null unique,
    account text not null references accounts on delete cascade,
    label text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    used_at timestamptz,
    revoked_at timestamptz
);
create index api_tokens_account on api_tokens (account);

-- Who is signed in. A session ends as soon as its fingerprint is not that of its account's password any more.
create table sessions (
    session_hash bytea primary key,
    account text not null,
    fingerprint text not null,
    begun_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_expires on sessions (expires_at);

-- Failed attempts to sign in, by account and by address: after some of them a wait, longer each time.
create table login_failures (
    subject text primary key,
    failures int not null,
    last_at timestamptz not null,
    locked_until timestamptz
);
create index login_failures_last on login_failures (last_at);

-- What was done by hand: a line is written before, and what came of it after.
create table actions (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    who text not null,
    role text not null,
    address text not null default '',
    door text not null check (door in ('page', 'api', 'command')),
    action text not null,
    subject text not null default '',
    detail jsonb not null default '{}',
    state text not null default 'begun' check (state in ('begun', 'done', 'failed', 'refused')),
    outcome text not null default '',
    ended_at timestamptz
);
create index actions_who on actions (who, id);
create index actions_action on actions (action, id);
create index actions_subject on actions (subject, id);
