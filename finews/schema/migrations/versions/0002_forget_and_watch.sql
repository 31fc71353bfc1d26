-- A forgotten article's link stays in the frontier as its tombstone: no sighting brings it back.
alter table links drop constraint links_state_check;
alter table links add constraint links_state_check
    check (state in ('pending', 'fetched', 'done', 'quarantined', 'gone', 'blocked', 'failed', 'forgotten'));

-- What is gone is asked again a day later, then weekly.
drop index links_due;
create index links_due on links (due_at) where state in ('pending', 'failed', 'blocked', 'gone');

-- Which runs hold leases: asked at every start, to free those of the dead.
create index links_leased on links (lease_run) where lease_run is not null;

-- A run that found its slot taken.
alter table runs drop constraint runs_state_check;
alter table runs add constraint runs_state_check check (state in ('running', 'ended', 'broken', 'skipped'));

-- Asked at every start: which unfinished runs have died.
create index runs_unfinished on runs (id) where state = 'running';

-- A payload that is deleted must not be looked for by reading whole tables.
create index articles_by_payload on articles (payload_id);
create index revisions_by_payload on revisions (payload_id);
create index quarantine_by_payload on quarantine (payload_id);
