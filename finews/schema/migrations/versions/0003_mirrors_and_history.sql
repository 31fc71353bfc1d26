-- Mirrors: a circuit is open (`opened` > 0) after repeated troubles, for all processes, until a probe is answered.
create table mirrors (
    base          text primary key,
    opened        integer     not null default 0,
    opened_at     timestamptz,
    probe_at      timestamptz,
    last_error    text,
    last_error_at timestamptz
);

-- What the source gave along with a feed, to be asked whether it has changed; and what it listed then.
alter table feeds
    add column url           text,
    add column etag          text   not null default '',
    add column last_modified text   not null default '',
    add column codes         text[] not null default '{}';

-- A feed's own history: how many it lists, and how long it goes without listing anything new.
-- Spans count only the time in which it was read.
alter table feeds
    add column readings    bigint           not null default 0,
    add column watched     interval         not null default '0',
    add column usual       double precision not null default 0,
    add column news        bigint           not null default 0,
    add column quiet       interval         not null default '0',
    add column usual_quiet interval         not null default '0',
    add column most_quiet  interval         not null default '0';

-- Which articles an older normaliser made: counted by `status`, read by `replay --behind`.
create index articles_by_normaliser on articles (normaliser, info_code);
