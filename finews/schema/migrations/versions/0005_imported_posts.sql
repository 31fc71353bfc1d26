-- A post file of a site that was there before: kept as it lay, as a payload of its own part.
alter table payloads drop constraint payloads_part_check;
alter table payloads add constraint payloads_part_check check (part in ('text', 'page', 'post'));

-- The payload whose bytes are the post, while the row holds the text that was imported from it; null where the post is
-- rendered.
alter table articles add column imported_post bigint references payloads;

-- What tells the post's file apart from any other that may lie in its place: as long as the file has it, nobody need read
-- the post to know that it is right.
alter table articles add column published_file text;
create index articles_by_imported_post on articles (imported_post) where imported_post is not null;

-- The database itself lets go of those bytes when the text changes: no writer can forget it.
create or replace function keep_revision() returns trigger language plpgsql as $$
begin
    insert into revisions (info_code, revision, title, moment, body, content_hash, payload_id, loaded_at)
    values (old.info_code, old.revision, old.title, old.moment, old.body, old.content_hash, old.payload_id,
            old.loaded_at);
    new.revision := old.revision + 1;
    new.imported_post := null;
    return new;
end $$;

-- A slug belongs to one name for good. A name may have several, where an older site gave it several: its next posts take
-- the one that is not `former`.
alter table media drop constraint media_pkey;
alter table media drop constraint media_slug_key;
alter table media add primary key (slug);
alter table media add column former boolean not null default false;
create unique index media_by_name on media (name) where not former;
