-- What the source listed when it was asked for a range: by its search, or by a feed read far back.
-- It need not be in the frontier. `changed_at` is when it last read otherwise than before, or was first seen.
create table listings (
    info_code  text        not null check (info_code ~ '^NW[0-9]{18}$'),
    feed       text        not null,
    day        date        not null,
    title      text        not null,
    moment     timestamptz,
    media      text        not null,
    digest     text        not null,
    url        text        not null,
    seen_at    timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (info_code, feed)
);
create index listings_by_day on listings (day, info_code);

-- Days of China whose whole list was read from the search, or what of them could not be read and why.
create table surveys (
    day        date        primary key,
    at         timestamptz not null default now(),
    listed     integer     not null,
    unread     text        not null default ''
);

-- A backfill: what an operator asked for, and how far it has come. `processes` share its part of the rate.
create table backfills (
    id         bigint      generated always as identity primary key,
    wish       jsonb       not null,
    media      text        not null default '',
    feed       text        not null default '',
    force      boolean     not null,
    state      text        not null default 'planned'
                           check (state in ('planned', 'running', 'paused', 'cancelled', 'ended')),
    processes  integer     not null default 1,
    asked_by   text        not null,
    asked_at   timestamptz not null default now(),
    changed_by text        not null,
    changed_at timestamptz not null default now(),
    ended_at   timestamptz
);
create index backfills_open on backfills (id) where state in ('planned', 'running', 'paused');

-- Chunks tile the range of a backfill. `open`: its list is to be read; `listed`: its articles are to be fetched.
-- `run_id` is the run that has it, as long as that run lives.
create table backfill_chunks (
    backfill_id bigint      not null references backfills on delete cascade,
    number      integer     not null,
    since       timestamptz,
    until       timestamptz,
    state       text        not null default 'open' check (state in ('open', 'listed', 'done')),
    unread      jsonb       not null default '[]',
    reason      text        not null default '',
    requests    integer     not null default 0,
    run_id      bigint      references runs,
    primary key (backfill_id, number)
);

-- Articles of a backfill; `outcome` is how each ended in it.
create table backfill_links (
    backfill_id bigint  not null,
    info_code   text    not null check (info_code ~ '^NW[0-9]{18}$'),
    chunk       integer not null,
    day         date    not null,
    outcome     text,
    primary key (backfill_id, info_code),
    foreign key (backfill_id, chunk) references backfill_chunks on delete cascade
);
create index backfill_links_left on backfill_links (backfill_id, chunk, info_code) where outcome is null;

-- A link that a backfill brought in is that backfill's until it was tried once: polls leave it alone.
alter table links add column backfill_id bigint references backfills on delete set null;
drop index links_due;
create index links_due on links (due_at)
    where state in ('pending', 'failed', 'blocked', 'gone') and backfill_id is null;
create index links_of_backfills on links (backfill_id) where backfill_id is not null;

-- What tells texts apart that were published under several infoCodes: null until it is known.
alter table articles add column text_hash bytea;
create index articles_by_text on articles (text_hash, info_code);
create index articles_by_moment on articles (moment);
