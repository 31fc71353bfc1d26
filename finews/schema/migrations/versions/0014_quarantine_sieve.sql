-- What is in quarantine is looked through by the media and the day of its article, and told by its title.
alter table quarantine
    add column media text not null default '', add column day date, add column title text not null default '';
update quarantine q set
    media = coalesce(
        (select media from articles a where a.info_code = q.info_code),
        (select media from sightings s where s.info_code = q.info_code and media <> ''
         order by array_position(array['rolling', 'headlines', '37', '38', '39'], feed), feed limit 1),
        (select media from listings l where l.info_code = q.info_code and media <> '' order by feed limit 1), ''),
    day = coalesce(
        (select (moment at time zone interval '8 hours')::date from articles a where a.info_code = q.info_code),
        (select coalesce(min(day) filter (where feed = 'search'), min(day)) from listings l
         where l.info_code = q.info_code),
        (select (min(moment) at time zone interval '8 hours')::date from sightings s
         where s.info_code = q.info_code),
        greatest(timestamp '0001-01-01', least(timestamp '9999-12-31',
            make_date(greatest(1, substr(q.info_code, 3, 4)::int), 1, 1) + make_interval(
                months => substr(q.info_code, 7, 2)::int - 1, days => substr(q.info_code, 9, 2)::int - 1)))::date);
alter table quarantine alter column day set not null;

-- Each list of it is read newest first, a page at a time.
drop index quarantine_by_time;
create index quarantine_by_time on quarantine (at, info_code) where discarded_at is null;
create index quarantine_by_reason_and_time on quarantine (reason, at, info_code) where discarded_at is null;
create index quarantine_by_media on quarantine (media, at, info_code) where discarded_at is null;
create index quarantine_by_day on quarantine (day, at, info_code) where discarded_at is null;
-- Whoever counts it all reads this, and not the table.
create index quarantine_counted on quarantine (reason, stage, normaliser, at) where discarded_at is null;
create index quarantine_discarded on quarantine (at, info_code) where discarded_at is not null;
