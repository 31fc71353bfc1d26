-- A forgotten article's link stays in the frontier as its tombstone: no sighting brings it back.
alter table links drop constraint links_state_check;
alter table links add constraint links_state_check
    check (state in ('pending', 'fetched', 'done', 'quarantined', 'gone', 'blocked', 'failed', 'forgotten'));

-- What is gone is asked again a day later, then weekly.
drop index links_due;
create index links_due on links (due_at) where state in ('pending', 'failed', 'blocked', 'gone');

-- A run that found its slot taken.
alter table runs drop constraint runs_state_check;
alter table runs add constraint runs_state_check check (state in ('running', 'ended', 'broken', 'skipped'));

-- What a feed usually lists, as a moving average over its readings.
alter table feeds add column usual_listed real not null default 0;
