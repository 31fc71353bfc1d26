-- When an article's first post lay on disk: null for what was published before this was noted, and for imported posts,
-- which lay there long before.
alter table articles add column published_at timestamptz;
create index articles_by_published on articles (published_at) include (moment, first_run)
    where published_at is not null;

-- Figures look at the last hour, and must not read all that was before it.
create index sightings_by_time on sightings (seen_at);
create index quarantine_by_time on quarantine (at) where discarded_at is null;
create index runs_by_end on runs (ended_at) where ended_at is not null;

-- What is amiss, or was since the last all-clear. `held_at`: since when it holds without a break, null while it does not;
-- `well_at`: since when it is well, while it is still counted as firing.
create table alerts (
    kind text not null,
    subject text not null,
    what text not null,
    since timestamptz,
    held_at timestamptz,
    well_at timestamptz,
    fired_at timestamptz,
    cleared_at timestamptz,
    told boolean not null,
    primary key (kind, subject)
);

-- One row: what was told since the last all-clear.
create table alert_episode (
    only_one boolean primary key default true check (only_one),
    messages integer not null,
    told_at timestamptz,
    relapses integer not null,
    cleared_at timestamptz
);

-- Messages are kept before they are sent. `delivered` names the targets that have it, by a hash of their address.
create table alert_messages (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    title text not null,
    body text not null,
    delivered text[] not null default '{}',
    attempts integer not null default 0,
    done_at timestamptz
);
create index alert_messages_waiting on alert_messages (id) where done_at is null;
