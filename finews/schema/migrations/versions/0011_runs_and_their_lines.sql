-- What a run said on its way: some lines each, for its page.
create table run_lines (
    run_id int8 not null references runs,
    number int4 not null,
    at timestamptz not null,
    level text not null,
    line text not null,
    primary key (run_id, number),
    check (level in ('info', 'warning', 'error'))
);

-- The articles of a run by outcome. A run's events are written together: the index grows at few places.
create index events_by_run on events (run_id, outcome, id) where outcome is not null;

-- The ledger's page looks for what is rare among very many polls that went well.
create index runs_by_reason on runs (reason, id desc);
create index runs_by_state on runs (state, id desc) where state <> 'ended';
create index runs_in_trouble on runs (id desc)
    where state = 'broken' or counts @@ '$.quarantined > 0 || $.gone > 0 || $.blocked > 0 || $.failed > 0';
