-- Young articles, which the source may still edit: one line each, as long as it is to be asked again.
create table rechecks (
    info_code text primary key references articles on delete cascade,
    since timestamptz not null default now(),
    due_at timestamptz not null
);
create index rechecks_due on rechecks (due_at);

-- Those of the last two days are no exception.
insert into rechecks (info_code, since, due_at)
select info_code, loaded_at, loaded_at + interval '1 hour' from articles where moment > now() - interval '2 days';

-- A poll takes what is new before it tries anything again, however much that is.
drop index links_due;
create index links_new on links (due_at) where state = 'pending' and backfill_id is null;
create index links_again on links (due_at)
    where state in ('failed', 'blocked', 'gone') and backfill_id is null;
