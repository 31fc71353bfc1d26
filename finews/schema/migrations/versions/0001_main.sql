-- Runs: the ledger's chapters. One row for each call of a use case, from any door.
create table runs (
    id          bigint generated always as identity primary key,
    kind        text        not null,
    reason      text        not null default '',
    host        text        not null,
    pid         integer     not null,
    flow_run    text,
    started_at  timestamptz not null default now(),
    ended_at    timestamptz,
    state       text        not null default 'running' check (state in ('running', 'ended', 'broken')),
    counts      jsonb       not null default '{}',
    detail      jsonb       not null default '{}'
);
create index runs_by_kind on runs (kind, id desc);

-- Links: the frontier. A link is leased, never popped; `lease_token` fences a result that comes too late.
create sequence lease_tokens;
create table links (
    info_code     text        primary key check (info_code ~ '^NW[0-9]{18}$'),
    state         text        not null default 'pending'
                  check (state in ('pending', 'fetched', 'done', 'quarantined', 'gone', 'blocked', 'failed')),
    reason        text        not null default '',
    attempts      integer     not null default 0,
    discovered_at timestamptz not null default now(),
    changed_at    timestamptz not null default now(),
    due_at        timestamptz not null default now(),
    lease_token   bigint,
    lease_until   timestamptz,
    lease_run     bigint references runs
);
create index links_due on links (due_at) where state in ('pending', 'failed', 'blocked');
create index links_fetched on links (info_code) where state = 'fetched';
create index links_by_state on links (state);

-- Payloads: what mirrors answered, raw and compressed, one row for each different answer.
create table payloads (
    id           bigint generated always as identity primary key,
    info_code    text        not null references links,
    part         text        not null check (part in ('text', 'page')),
    url          text        not null,
    status       integer     not null,
    content_type text        not null,
    fetched_at   timestamptz not null,
    last_seen_at timestamptz not null,
    run_id       bigint      not null references runs,
    hash         bytea       not null,
    size         integer     not null,
    codec        text        not null check (codec in ('zlib')),
    body         bytea       not null,
    unique (info_code, part, hash)
);
alter table payloads alter column body set storage external;

-- Media names and their slugs: given once, for good.
create table media (
    name  text primary key,
    slug  text not null unique
);

-- Articles: the rows that posts are rendered from. Path, category and media are fixed by the first publication.
create table articles (
    info_code      text        primary key references links,
    rolling        boolean     not null,
    path           text        not null unique,
    category       text        not null,
    media          text        not null,
    title          text        not null,
    moment         timestamptz not null,
    body           text        not null,
    digest         text        not null,
    link           text        not null,
    content_hash   bytea       not null,
    normaliser     integer     not null,
    payload_id     bigint      not null references payloads,
    revision       integer     not null default 1,
    first_run      bigint      not null references runs,
    loaded_at      timestamptz not null default now(),
    published_revision integer,
    published_hash bytea,
    check (rolling = (media = ''))
);
create index articles_unpublished on articles (info_code) where published_revision is distinct from revision;

-- Revisions: what an article said before the source edited it.
create table revisions (
    info_code    text        not null references articles on delete cascade,
    revision     integer     not null,
    title        text        not null,
    moment       timestamptz not null,
    body         text        not null,
    content_hash bytea       not null,
    payload_id   bigint      not null references payloads,
    loaded_at    timestamptz not null,
    replaced_at  timestamptz not null default now(),
    primary key (info_code, revision)
);

-- The database itself keeps the old text: no writer can forget it, and none needs a lock for it.
create function keep_revision() returns trigger language plpgsql as $$
begin
    insert into revisions (info_code, revision, title, moment, body, content_hash, payload_id, loaded_at)
    values (old.info_code, old.revision, old.title, old.moment, old.body, old.content_hash, old.payload_id,
            old.loaded_at);
    new.revision := old.revision + 1;
    return new;
end $$;
create trigger articles_keep_revision before update on articles for each row
    when (old.content_hash is distinct from new.content_hash) execute function keep_revision();

create table securities (
    info_code text not null references articles on delete cascade,
    market    text not null,
    code      text not null,
    name      text not null,
    primary key (info_code, market, code)
);

-- Sightings: which feed listed which article when, with what it said.
create table sightings (
    info_code text        not null references links,
    feed      text        not null,
    seen_at   timestamptz not null default now(),
    run_id    bigint      not null references runs,
    title     text        not null,
    moment    timestamptz,
    media     text        not null,
    digest    text        not null,
    url       text        not null,
    primary key (info_code, feed)
);

create table feeds (
    name         text primary key,
    last_success timestamptz,
    last_error   text,
    last_error_at timestamptz,
    failures     integer not null default 0,
    next_poll    timestamptz,
    listed       integer not null default 0,
    discovered   integer not null default 0
);

-- Events: the ledger's lines.
create table events (
    id        bigint generated always as identity primary key,
    at        timestamptz not null default clock_timestamp(),
    info_code text        not null references links,
    run_id    bigint      not null references runs,
    stage     text        not null,
    outcome   text,
    reason    text        not null default '',
    detail    jsonb       not null default '{}'
);
create index events_by_article on events (info_code, id);

-- Quarantine: the newest payload of an article that could not become a post, and why.
create table quarantine (
    info_code      text        primary key references links,
    stage          text        not null,
    reason         text        not null,
    at             timestamptz not null default now(),
    payload_id     bigint      not null references payloads,
    normaliser     integer     not null,
    discarded_at   timestamptz,
    discarded_by   text,
    discarded_why  text
);
create index quarantine_by_reason on quarantine (reason, info_code) where discarded_at is null;

create table robots (
    origin     text        primary key,
    status     integer     not null,
    body       text        not null,
    fetched_at timestamptz not null
);
