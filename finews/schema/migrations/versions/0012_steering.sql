-- What an operator has decided at run time. It holds for every process until it is taken back.
alter table feeds
    add column paused_at  timestamptz,
    add column paused_by  text not null default '',
    add column paused_why text not null default '';

alter table mirrors
    add column paused_at  timestamptz,
    add column paused_by  text not null default '',
    add column paused_why text not null default '',
    add column rate       double precision check (rate between 0.1 and 50),
    add column rate_at    timestamptz,
    add column rate_by    text not null default '';

-- How a feed was read within an hour: good readings, with the sum of what they listed and what of it was new;
-- readings that failed; and those in which no mirror was within reach. Five feeds make 44,000 rows a year.
create table feed_hours (
    feed       text        not null,
    hour       timestamptz not null,
    readings   integer     not null default 0,
    failures   integer     not null default 0,
    unheard    integer     not null default 0,
    listed     bigint      not null default 0,
    discovered bigint      not null default 0,
    last_error text,
    primary key (feed, hour)
);

-- What a mirror answered within an hour, to requests of every kind: answers, with the seconds until they began in sum;
-- refusals; and troubles, which are server errors and no answers. And how often its circuit was opened, or kept open.
create table mirror_hours (
    base       text             not null,
    hour       timestamptz      not null,
    answers    integer          not null default 0,
    seconds    double precision not null default 0,
    refusals   integer          not null default 0,
    troubles   integer          not null default 0,
    opened     integer          not null default 0,
    last_error text,
    primary key (base, hour)
);
