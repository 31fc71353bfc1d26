-- What payloads of one kind have in common: zlib takes it from here. Never changed and never removed, for payloads are
-- read with the dictionary that they were packed with.
create table payload_dictionaries (
    id bigint generated always as identity primary key,
    part text not null,
    body bytea not null,
    made_at timestamptz not null default now()
);
alter table payload_dictionaries alter column body set storage external;

alter table payloads add column dictionary_id bigint references payload_dictionaries;
alter table payloads drop constraint payloads_codec_check;
alter table payloads add constraint payloads_codec_check check (
    codec in ('zlib', 'zdict', 'dropped')
    and (codec = 'zdict') = (dictionary_id is not null)
    and (codec = 'dropped') = (body = ''));

-- A payload whose bytes were let go of stays as a row, for revisions and traces name it; nobody can read it again.
create index payloads_dropped on payloads (id) where codec = 'dropped';
