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

-- A note a row, but a statement a batch: a function called for each row would cost the loader more than the notes do.
create function mark_new_coverage() returns trigger language plpgsql as $$
begin
    insert into coverage_marks (info_code) select info_code from new_rows;
    return null;
end $$;
create function mark_links_coverage() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into coverage_marks (info_code) select info_code from old_rows;
    else
        insert into coverage_marks (info_code)
        select info_code from old_rows o join new_rows n using (info_code) where o.state is distinct from n.state;
    end if;
    return null;
end $$;
create function mark_quarantine_coverage() returns trigger language plpgsql as $$
begin
    insert into coverage_marks (info_code) select info_code from old_rows;
    return null;
end $$;
create function mark_articles_coverage() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into coverage_marks select info_code, (moment at time zone interval '8 hours')::date from old_rows;
    else
        insert into coverage_marks
        select info_code, (o.moment at time zone interval '8 hours')::date
        from old_rows o join new_rows n using (info_code)
        where o.moment is distinct from n.moment
            or (o.published_revision is distinct from o.revision)
               <> (n.published_revision is distinct from n.revision);
    end if;
    return null;
end $$;
create function mark_listings_coverage() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into coverage_marks select info_code, day from old_rows;
    else
        insert into coverage_marks
        select info_code, o.day from old_rows o join new_rows n using (info_code, feed)
        where o.day is distinct from n.day;
    end if;
    return null;
end $$;
create function mark_sightings_coverage() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into coverage_marks select info_code, (moment at time zone interval '8 hours')::date from old_rows;
    else
        insert into coverage_marks
        select info_code, (o.moment at time zone interval '8 hours')::date
        from old_rows o join new_rows n using (info_code, feed)
        where o.moment is distinct from n.moment;
    end if;
    return null;
end $$;

create trigger links_mark_coverage_new after insert on links
    referencing new table as new_rows for each statement execute function mark_new_coverage();
create trigger links_mark_coverage_gone after delete on links
    referencing old table as old_rows for each statement execute function mark_links_coverage();
create trigger links_mark_coverage_moved after update on links
    referencing old table as old_rows new table as new_rows for each statement
    execute function mark_links_coverage();
create trigger quarantine_mark_coverage_new after insert on quarantine
    referencing new table as new_rows for each statement execute function mark_new_coverage();
create trigger quarantine_mark_coverage_gone after delete on quarantine
    referencing old table as old_rows for each statement execute function mark_quarantine_coverage();
create trigger articles_mark_coverage_new after insert on articles
    referencing new table as new_rows for each statement execute function mark_new_coverage();
create trigger articles_mark_coverage_gone after delete on articles
    referencing old table as old_rows for each statement execute function mark_articles_coverage();
create trigger articles_mark_coverage_moved after update on articles
    referencing old table as old_rows new table as new_rows for each statement
    execute function mark_articles_coverage();
create trigger listings_mark_coverage_new after insert on listings
    referencing new table as new_rows for each statement execute function mark_new_coverage();
create trigger listings_mark_coverage_gone after delete on listings
    referencing old table as old_rows for each statement execute function mark_listings_coverage();
create trigger listings_mark_coverage_moved after update on listings
    referencing old table as old_rows new table as new_rows for each statement
    execute function mark_listings_coverage();
create trigger sightings_mark_coverage_new after insert on sightings
    referencing new table as new_rows for each statement execute function mark_new_coverage();
create trigger sightings_mark_coverage_gone after delete on sightings
    referencing old table as old_rows for each statement execute function mark_sightings_coverage();
create trigger sightings_mark_coverage_moved after update on sightings
    referencing old table as old_rows new table as new_rows for each statement
    execute function mark_sightings_coverage();

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
