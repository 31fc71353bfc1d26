-- A page that watches a backfill asks every second how far it has come, and a backfill may have a million articles: so
-- they are counted as they end. A chunk is one process's at a time, so that nobody waits for anybody at its counts.
create table backfill_counts (
    backfill_id bigint not null,
    chunk integer not null,
    -- Empty while an article has not come to its end.
    outcome text not null,
    number integer not null,
    primary key (backfill_id, chunk, outcome),
    foreign key (backfill_id, chunk) references backfill_chunks (backfill_id, number) on delete cascade
);
insert into backfill_counts
select backfill_id, chunk, coalesce(outcome, ''), count(*) from backfill_links group by 1, 2, 3;

create function count_backfill_links() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into backfill_counts as c
        select backfill_id, chunk, coalesce(outcome, ''), count(*) from new_rows group by 1, 2, 3 order by 1, 2, 3
        on conflict (backfill_id, chunk, outcome) do update set number = c.number + excluded.number;
    else
        insert into backfill_counts as c
        select backfill_id, chunk, outcome, sum(one) from (
            select backfill_id, chunk, coalesce(outcome, '') as outcome, 1 as one from new_rows
            union all select backfill_id, chunk, coalesce(outcome, ''), -1 from old_rows) as changed
        group by 1, 2, 3 having sum(one) <> 0 order by 1, 2, 3
        on conflict (backfill_id, chunk, outcome) do update set number = c.number + excluded.number;
    end if;
    return null;
end $$;
create trigger backfill_links_count_new after insert on backfill_links
    referencing new table as new_rows for each statement execute function count_backfill_links();
create trigger backfill_links_count_ended after update on backfill_links
    referencing old table as old_rows new table as new_rows
    for each statement execute function count_backfill_links();
