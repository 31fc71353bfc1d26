-- What each day of China holds, as `finews/schema/coverage.py` counts it. A day that is stale is to be counted again.
create table coverage_days (
    day date primary key,
    listed integer not null default 0,
    known integer not null default 0,
    rows integer not null default 0,
    published integer not null default 0,
    missing integer not null default 0,
    waiting integer not null default 0,
    quarantined integer not null default 0,
    gone integer not null default 0,
    forgotten integer not null default 0,
    stale boolean not null default true
);
create index coverage_days_stale on coverage_days (day) where stale;

-- Articles of which something has changed that their day's numbers depend on, and a day that they were of before. Only
-- ever added to by whoever changes something, so that nobody waits for anybody; taken away by whoever counts.
create table coverage_marks (
    info_code text not null,
    day date
);

create function mark_coverage() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into coverage_marks (info_code) values (new.info_code);
    elsif tg_table_name in ('articles', 'sightings') then
        insert into coverage_marks values (old.info_code, (old.moment at time zone interval '8 hours')::date);
    elsif tg_table_name = 'listings' then
        insert into coverage_marks values (old.info_code, old.day);
    else
        insert into coverage_marks (info_code) values (old.info_code);
    end if;
    return null;
end $$;

create trigger links_mark_coverage after insert or delete on links
    for each row execute function mark_coverage();
create trigger links_moved_mark_coverage after update on links
    for each row when (old.state is distinct from new.state) execute function mark_coverage();
create trigger quarantine_mark_coverage after insert or delete on quarantine
    for each row execute function mark_coverage();
create trigger articles_mark_coverage after insert or delete on articles
    for each row execute function mark_coverage();
create trigger articles_moved_mark_coverage after update on articles
    for each row when (
        old.moment is distinct from new.moment
        or (old.published_revision is distinct from old.revision)
           <> (new.published_revision is distinct from new.revision))
    execute function mark_coverage();
create trigger listings_mark_coverage after insert or delete on listings
    for each row execute function mark_coverage();
create trigger listings_moved_mark_coverage after update on listings
    for each row when (old.day is distinct from new.day) execute function mark_coverage();
create trigger sightings_mark_coverage after insert or delete on sightings
    for each row execute function mark_coverage();
create trigger sightings_moved_mark_coverage after update on sightings
    for each row when (old.moment is distinct from new.moment) execute function mark_coverage();

-- The articles of a day are looked up by each of the ways in which a day is found.
create index sightings_by_moment on sightings (moment) where moment is not null;

-- Of what is here already, every day that may hold something.
insert into coverage_days (day)
select (moment at time zone interval '8 hours')::date from articles
union select day from listings
union select (moment at time zone interval '8 hours')::date from sightings where moment is not null
union select least(date '9999-12-31', greatest(date '0001-01-01', (make_date(
        greatest(1, substr(info_code, 3, 4)::int), 1, 1) + make_interval(
        months => substr(info_code, 7, 2)::int - 1, days => substr(info_code, 9, 2)::int - 1))::date)) from links;

-- What a backfill's plan was when it was made, day by day, and what it would have cost then.
create table backfill_days (
    backfill_id bigint references backfills on delete cascade,
    day date,
    listed integer not null,
    present integer not null,
    missing integer not null,
    quarantined integer not null,
    forgotten integer not null,
    edited integer not null,
    primary key (backfill_id, day)
);
alter table backfills add column planned_at timestamptz;
alter table backfills add column planned_requests integer;

-- A backfill's articles by outcome, counted and paged.
create index backfill_links_by_outcome on backfill_links (backfill_id, outcome, info_code);
