-- The numbers under which a text is found: one for each two neighbouring characters, one for each character by
-- itself, and the facts by which articles are filtered. A word of two characters of the basic plane has a number of
-- its own; what else may share one is told apart by looking at the text.
create function search_keys(text text, facts int4[]) returns int4[]
    language sql immutable strict parallel safe
    -- Nothing is dearer than to make the keys of rows in order to compare them, instead of asking the index.
    cost 100000
    as $$
    -- The characters come in their order, and nothing sorts them: a sort would double what an article costs.
    select array_agg(ascii(c)) || array_agg(ascii(c) << 16 | ascii(next)) || facts
    from (select c, lead(c, 1, '') over () as next from string_to_table(text, null) as c) as characters
$$;

-- The searched text of an article: its title, a line break, what a reader sees of its body, folded to one spelling.
-- A long text lies beside its row, so that rows are small where many are sorted by their time.
create table search_texts (
    info_code text primary key references articles on delete cascade,
    moment timestamptz not null,
    revision integer not null,
    facts int4[] not null,
    text text not null
) with (toast_tuple_target = 192);
create index search_texts_by_moment on search_texts (moment, info_code);
-- What is written waits in the index's list of things to come, and whoever fills it sorts them in, a batch at once.
create index search_texts_by_keys on search_texts using gin (search_keys(text, facts))
    with (fastupdate = on, gin_pending_list_limit = 32768);
-- Nobody asks for statistics of the keys, and they would cost as much as filling the index.
alter index search_texts_by_keys alter column 1 set statistics 0;
alter table search_texts alter column text set statistics 0;
alter table search_texts alter column facts set statistics 0;

-- Articles that the index does not have yet as they are. A line more than needed does no harm: so nobody waits here.
create table search_queue (
    id bigint generated always as identity primary key,
    info_code text not null
);

create function queue_new_for_search() returns trigger
    language plpgsql
    as $$
begin
    insert into search_queue (info_code) select info_code from new_rows;
    return null;
end $$;

create trigger articles_queue_new after insert on articles
    referencing new table as new_rows
    for each statement execute function queue_new_for_search();

create function queue_changed_for_search() returns trigger
    language plpgsql
    as $$
begin
    insert into search_queue (info_code) values (new.info_code);
    return null;
end $$;

-- With another normaliser an article may name other securities, though its text is the same.
create trigger articles_queue_changed after update of title, moment, body, normaliser on articles
    for each row when (old.revision is distinct from new.revision
                       or old.normaliser is distinct from new.normaliser)
    execute function queue_changed_for_search();

-- The newest first: they are looked for most.
insert into search_queue (info_code) select info_code from articles order by moment desc;

-- Links that are not settled well, in the order in which the console lists them.
create index links_unsettled on links (state, info_code) where state <> 'done';
