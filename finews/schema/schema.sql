-- What the migrations make; `make schema` writes this file.

CREATE FUNCTION public.count_backfill_links() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.keep_revision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into revisions (info_code, revision, title, moment, body, content_hash, payload_id, loaded_at)
    values (old.info_code, old.revision, old.title, old.moment, old.body, old.content_hash, old.payload_id,
            old.loaded_at);
    new.revision := old.revision + 1;
    new.imported_post := null;
    return new;
end $$;

CREATE FUNCTION public.mark_articles_coverage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_links_coverage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op = 'DELETE' then
        insert into coverage_marks (info_code) select info_code from old_rows;
    else
        insert into coverage_marks (info_code)
        select info_code from old_rows o join new_rows n using (info_code) where o.state is distinct from n.state;
    end if;
    return null;
end $$;

CREATE FUNCTION public.mark_listings_coverage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_new_coverage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into coverage_marks (info_code) select info_code from new_rows;
    return null;
end $$;

CREATE FUNCTION public.mark_quarantine_coverage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into coverage_marks (info_code) select info_code from old_rows;
    return null;
end $$;

CREATE FUNCTION public.mark_sightings_coverage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.queue_changed_for_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into search_queue (info_code) values (new.info_code);
    return null;
end $$;

CREATE FUNCTION public.queue_new_for_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into search_queue (info_code) select info_code from new_rows;
    return null;
end $$;

CREATE FUNCTION public.search_keys(text text, facts integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE STRICT COST 100000 PARALLEL SAFE
    AS $$
    -- The characters come in their order, and nothing sorts them: a sort would double what an article costs.
    select array_agg(ascii(c)) || array_agg(ascii(c) << 16 | ascii(next)) || facts
    from (select c, lead(c, 1, '') over () as next from string_to_table(text, null) as c) as characters
$$;

CREATE TABLE public.accounts (
    name text NOT NULL,
    role text NOT NULL,
    password_hash text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone,
    CONSTRAINT accounts_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text])))
);

CREATE TABLE public.actions (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    who text NOT NULL,
    role text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    door text NOT NULL,
    action text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'begun'::text NOT NULL,
    outcome text DEFAULT ''::text NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT actions_door_check CHECK ((door = ANY (ARRAY['page'::text, 'api'::text, 'command'::text]))),
    CONSTRAINT actions_state_check CHECK ((state = ANY (ARRAY['begun'::text, 'done'::text, 'failed'::text, 'refused'::text])))
);

ALTER TABLE public.actions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.actions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

CREATE TABLE public.alert_episode (
    only_one boolean DEFAULT true NOT NULL,
    messages integer NOT NULL,
    told_at timestamp with time zone,
    relapses integer NOT NULL,
    cleared_at timestamp with time zone,
    CONSTRAINT alert_episode_only_one_check CHECK (only_one)
);

CREATE TABLE public.alert_messages (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    delivered text[] DEFAULT '{}'::text[] NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    done_at timestamp with time zone
);

ALTER TABLE public.alert_messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alerts (
    kind text NOT NULL,
    subject text NOT NULL,
    what text NOT NULL,
    since timestamp with time zone,
    held_at timestamp with time zone,
    well_at timestamp with time zone,
    fired_at timestamp with time zone,
    cleared_at timestamp with time zone,
    told boolean NOT NULL
);

CREATE TABLE public.api_tokens (
    id bigint NOT NULL,
    token_hash bytea NOT NULL,
    account text NOT NULL,
    label text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

ALTER TABLE public.api_tokens ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.articles (
    info_code text NOT NULL,
    rolling boolean NOT NULL,
    path text NOT NULL,
    category text NOT NULL,
    media text NOT NULL,
    title text NOT NULL,
    moment timestamp with time zone NOT NULL,
    body text NOT NULL,
    digest text NOT NULL,
    link text NOT NULL,
    content_hash bytea NOT NULL,
    normaliser integer NOT NULL,
    payload_id bigint NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    first_run bigint NOT NULL,
    loaded_at timestamp with time zone DEFAULT now() NOT NULL,
    published_revision integer,
    published_hash bytea,
    text_hash bytea,
    imported_post bigint,
    published_file text,
    published_at timestamp with time zone,
    CONSTRAINT articles_check CHECK ((rolling = (media = ''::text)))
);

CREATE TABLE public.backfill_chunks (
    backfill_id bigint NOT NULL,
    number integer NOT NULL,
    since timestamp with time zone,
    until timestamp with time zone,
    state text DEFAULT 'open'::text NOT NULL,
    unread jsonb DEFAULT '[]'::jsonb NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    requests integer DEFAULT 0 NOT NULL,
    run_id bigint,
    CONSTRAINT backfill_chunks_state_check CHECK ((state = ANY (ARRAY['open'::text, 'listed'::text, 'done'::text])))
);

CREATE TABLE public.backfill_counts (
    backfill_id bigint NOT NULL,
    chunk integer NOT NULL,
    outcome text NOT NULL,
    number integer NOT NULL
);

CREATE TABLE public.backfill_days (
    backfill_id bigint NOT NULL,
    day date NOT NULL,
    listed integer NOT NULL,
    present integer NOT NULL,
    missing integer NOT NULL,
    quarantined integer NOT NULL,
    forgotten integer NOT NULL,
    edited integer NOT NULL
);

CREATE TABLE public.backfill_links (
    backfill_id bigint NOT NULL,
    info_code text NOT NULL,
    chunk integer NOT NULL,
    day date NOT NULL,
    outcome text,
    CONSTRAINT backfill_links_info_code_check CHECK ((info_code ~ '^NW[0-9]{18}$'::text))
);

CREATE TABLE public.backfills (
    id bigint NOT NULL,
    wish jsonb NOT NULL,
    media text DEFAULT ''::text NOT NULL,
    feed text DEFAULT ''::text NOT NULL,
    force boolean NOT NULL,
    state text DEFAULT 'planned'::text NOT NULL,
    processes integer DEFAULT 1 NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    planned_at timestamp with time zone,
    planned_requests integer,
    CONSTRAINT backfills_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'running'::text, 'paused'::text, 'cancelled'::text, 'ended'::text])))
);

ALTER TABLE public.backfills ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backfills_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.coverage_days (
    day date NOT NULL,
    listed integer DEFAULT 0 NOT NULL,
    known integer DEFAULT 0 NOT NULL,
    rows integer DEFAULT 0 NOT NULL,
    published integer DEFAULT 0 NOT NULL,
    missing integer DEFAULT 0 NOT NULL,
    waiting integer DEFAULT 0 NOT NULL,
    quarantined integer DEFAULT 0 NOT NULL,
    gone integer DEFAULT 0 NOT NULL,
    forgotten integer DEFAULT 0 NOT NULL,
    stale boolean DEFAULT true NOT NULL
);

CREATE TABLE public.coverage_marks (
    info_code text NOT NULL,
    day date
);

CREATE TABLE public.events (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    info_code text NOT NULL,
    run_id bigint NOT NULL,
    stage text NOT NULL,
    outcome text,
    reason text DEFAULT ''::text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.feed_hours (
    feed text NOT NULL,
    hour timestamp with time zone NOT NULL,
    readings integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    unheard integer DEFAULT 0 NOT NULL,
    listed bigint DEFAULT 0 NOT NULL,
    discovered bigint DEFAULT 0 NOT NULL,
    last_error text
);

CREATE TABLE public.feeds (
    name text NOT NULL,
    last_success timestamp with time zone,
    last_error text,
    last_error_at timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    next_poll timestamp with time zone,
    listed integer DEFAULT 0 NOT NULL,
    discovered integer DEFAULT 0 NOT NULL,
    url text,
    etag text DEFAULT ''::text NOT NULL,
    last_modified text DEFAULT ''::text NOT NULL,
    codes text[] DEFAULT '{}'::text[] NOT NULL,
    readings bigint DEFAULT 0 NOT NULL,
    watched interval DEFAULT '00:00:00'::interval NOT NULL,
    usual double precision DEFAULT 0 NOT NULL,
    news bigint DEFAULT 0 NOT NULL,
    quiet interval DEFAULT '00:00:00'::interval NOT NULL,
    usual_quiet interval DEFAULT '00:00:00'::interval NOT NULL,
    most_quiet interval DEFAULT '00:00:00'::interval NOT NULL,
    paused_at timestamp with time zone,
    paused_by text DEFAULT ''::text NOT NULL,
    paused_why text DEFAULT ''::text NOT NULL
);

CREATE SEQUENCE public.lease_tokens
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.links (
    info_code text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    discovered_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_token bigint,
    lease_until timestamp with time zone,
    lease_run bigint,
    backfill_id bigint,
    CONSTRAINT links_info_code_check CHECK ((info_code ~ '^NW[0-9]{18}$'::text)),
    CONSTRAINT links_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'fetched'::text, 'done'::text, 'quarantined'::text, 'gone'::text, 'blocked'::text, 'failed'::text, 'forgotten'::text])))
);

CREATE TABLE public.listings (
    info_code text NOT NULL,
    feed text NOT NULL,
    day date NOT NULL,
    title text NOT NULL,
    moment timestamp with time zone,
    media text NOT NULL,
    digest text NOT NULL,
    url text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT listings_info_code_check CHECK ((info_code ~ '^NW[0-9]{18}$'::text))
);

CREATE TABLE public.login_failures (
    subject text NOT NULL,
    failures integer NOT NULL,
    last_at timestamp with time zone NOT NULL,
    locked_until timestamp with time zone
);

CREATE TABLE public.media (
    name text NOT NULL,
    slug text NOT NULL,
    former boolean DEFAULT false NOT NULL
);

CREATE TABLE public.mirror_hours (
    base text NOT NULL,
    hour timestamp with time zone NOT NULL,
    answers integer DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    refusals integer DEFAULT 0 NOT NULL,
    troubles integer DEFAULT 0 NOT NULL,
    opened integer DEFAULT 0 NOT NULL,
    last_error text
);

CREATE TABLE public.mirrors (
    base text NOT NULL,
    opened integer DEFAULT 0 NOT NULL,
    opened_at timestamp with time zone,
    probe_at timestamp with time zone,
    last_error text,
    last_error_at timestamp with time zone,
    paused_at timestamp with time zone,
    paused_by text DEFAULT ''::text NOT NULL,
    paused_why text DEFAULT ''::text NOT NULL,
    rate double precision,
    rate_at timestamp with time zone,
    rate_by text DEFAULT ''::text NOT NULL,
    CONSTRAINT mirrors_rate_check CHECK (((rate >= (0.1)::double precision) AND (rate <= (50)::double precision)))
);

CREATE TABLE public.payload_dictionaries (
    id bigint NOT NULL,
    part text NOT NULL,
    body bytea NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE ONLY public.payload_dictionaries ALTER COLUMN body SET STORAGE EXTERNAL;

ALTER TABLE public.payload_dictionaries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.payload_dictionaries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.payloads (
    id bigint NOT NULL,
    info_code text NOT NULL,
    part text NOT NULL,
    url text NOT NULL,
    status integer NOT NULL,
    content_type text NOT NULL,
    fetched_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    run_id bigint NOT NULL,
    hash bytea NOT NULL,
    size integer NOT NULL,
    codec text NOT NULL,
    body bytea NOT NULL,
    dictionary_id bigint,
    CONSTRAINT payloads_codec_check CHECK (((codec = ANY (ARRAY['zlib'::text, 'zdict'::text, 'dropped'::text])) AND ((codec = 'zdict'::text) = (dictionary_id IS NOT NULL)) AND ((codec = 'dropped'::text) = (body = '\x'::bytea)))),
    CONSTRAINT payloads_part_check CHECK ((part = ANY (ARRAY['text'::text, 'page'::text, 'post'::text])))
);
ALTER TABLE ONLY public.payloads ALTER COLUMN body SET STORAGE EXTERNAL;

ALTER TABLE public.payloads ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.payloads_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.quarantine (
    info_code text NOT NULL,
    stage text NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    payload_id bigint NOT NULL,
    normaliser integer NOT NULL,
    discarded_at timestamp with time zone,
    discarded_by text,
    discarded_why text,
    media text DEFAULT ''::text NOT NULL,
    day date NOT NULL,
    title text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.rechecks (
    info_code text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone NOT NULL
);

CREATE TABLE public.revisions (
    info_code text NOT NULL,
    revision integer NOT NULL,
    title text NOT NULL,
    moment timestamp with time zone NOT NULL,
    body text NOT NULL,
    content_hash bytea NOT NULL,
    payload_id bigint NOT NULL,
    loaded_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.robots (
    origin text NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    fetched_at timestamp with time zone NOT NULL
);

CREATE TABLE public.run_lines (
    run_id bigint NOT NULL,
    number integer NOT NULL,
    at timestamp with time zone NOT NULL,
    level text NOT NULL,
    line text NOT NULL,
    CONSTRAINT run_lines_level_check CHECK ((level = ANY (ARRAY['info'::text, 'warning'::text, 'error'::text])))
);

CREATE TABLE public.runs (
    id bigint NOT NULL,
    kind text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    flow_run text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    state text DEFAULT 'running'::text NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['running'::text, 'ended'::text, 'broken'::text, 'skipped'::text])))
);

ALTER TABLE public.runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.search_queue (
    id bigint NOT NULL,
    info_code text NOT NULL
);

ALTER TABLE public.search_queue ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.search_queue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.search_texts (
    info_code text NOT NULL,
    moment timestamp with time zone NOT NULL,
    revision integer NOT NULL,
    facts integer[] NOT NULL,
    text text NOT NULL
)
WITH (toast_tuple_target='192');
ALTER TABLE ONLY public.search_texts ALTER COLUMN facts SET STATISTICS 0;
ALTER TABLE ONLY public.search_texts ALTER COLUMN text SET STATISTICS 0;

CREATE TABLE public.securities (
    info_code text NOT NULL,
    market text NOT NULL,
    code text NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.sessions (
    session_hash bytea NOT NULL,
    account text NOT NULL,
    fingerprint text NOT NULL,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.sightings (
    info_code text NOT NULL,
    feed text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    run_id bigint NOT NULL,
    title text NOT NULL,
    moment timestamp with time zone,
    media text NOT NULL,
    digest text NOT NULL,
    url text NOT NULL
);

CREATE TABLE public.surveys (
    day date NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    listed integer NOT NULL,
    unread text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.actions
    ADD CONSTRAINT actions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alert_episode
    ADD CONSTRAINT alert_episode_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.alert_messages
    ADD CONSTRAINT alert_messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (kind, subject);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_path_key UNIQUE (path);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (info_code);

ALTER TABLE ONLY public.backfill_chunks
    ADD CONSTRAINT backfill_chunks_pkey PRIMARY KEY (backfill_id, number);

ALTER TABLE ONLY public.backfill_counts
    ADD CONSTRAINT backfill_counts_pkey PRIMARY KEY (backfill_id, chunk, outcome);

ALTER TABLE ONLY public.backfill_days
    ADD CONSTRAINT backfill_days_pkey PRIMARY KEY (backfill_id, day);

ALTER TABLE ONLY public.backfill_links
    ADD CONSTRAINT backfill_links_pkey PRIMARY KEY (backfill_id, info_code);

ALTER TABLE ONLY public.backfills
    ADD CONSTRAINT backfills_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.coverage_days
    ADD CONSTRAINT coverage_days_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feed_hours
    ADD CONSTRAINT feed_hours_pkey PRIMARY KEY (feed, hour);

ALTER TABLE ONLY public.feeds
    ADD CONSTRAINT feeds_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (info_code);

ALTER TABLE ONLY public.listings
    ADD CONSTRAINT listings_pkey PRIMARY KEY (info_code, feed);

ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT login_failures_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.media
    ADD CONSTRAINT media_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.mirror_hours
    ADD CONSTRAINT mirror_hours_pkey PRIMARY KEY (base, hour);

ALTER TABLE ONLY public.mirrors
    ADD CONSTRAINT mirrors_pkey PRIMARY KEY (base);

ALTER TABLE ONLY public.payload_dictionaries
    ADD CONSTRAINT payload_dictionaries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.payloads
    ADD CONSTRAINT payloads_info_code_part_hash_key UNIQUE (info_code, part, hash);

ALTER TABLE ONLY public.payloads
    ADD CONSTRAINT payloads_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (info_code);

ALTER TABLE ONLY public.rechecks
    ADD CONSTRAINT rechecks_pkey PRIMARY KEY (info_code);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (info_code, revision);

ALTER TABLE ONLY public.robots
    ADD CONSTRAINT robots_pkey PRIMARY KEY (origin);

ALTER TABLE ONLY public.run_lines
    ADD CONSTRAINT run_lines_pkey PRIMARY KEY (run_id, number);

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.search_queue
    ADD CONSTRAINT search_queue_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.search_texts
    ADD CONSTRAINT search_texts_pkey PRIMARY KEY (info_code);

ALTER TABLE ONLY public.securities
    ADD CONSTRAINT securities_pkey PRIMARY KEY (info_code, market, code);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_hash);

ALTER TABLE ONLY public.sightings
    ADD CONSTRAINT sightings_pkey PRIMARY KEY (info_code, feed);

ALTER TABLE ONLY public.surveys
    ADD CONSTRAINT surveys_pkey PRIMARY KEY (day);

CREATE INDEX actions_action ON public.actions USING btree (action, id);

CREATE INDEX actions_subject ON public.actions USING btree (subject, id);

CREATE INDEX actions_who ON public.actions USING btree (who, id);

CREATE INDEX alert_messages_waiting ON public.alert_messages USING btree (id) WHERE (done_at IS NULL);

CREATE INDEX api_tokens_account ON public.api_tokens USING btree (account);

CREATE INDEX articles_by_imported_post ON public.articles USING btree (imported_post) WHERE (imported_post IS NOT NULL);

CREATE INDEX articles_by_moment ON public.articles USING btree (moment);

CREATE INDEX articles_by_normaliser ON public.articles USING btree (normaliser, info_code);

CREATE INDEX articles_by_payload ON public.articles USING btree (payload_id);

CREATE INDEX articles_by_published ON public.articles USING btree (published_at) INCLUDE (moment, first_run) WHERE (published_at IS NOT NULL);

CREATE INDEX articles_by_text ON public.articles USING btree (text_hash, info_code);

CREATE INDEX articles_unpublished ON public.articles USING btree (info_code) WHERE (published_revision IS DISTINCT FROM revision);

CREATE INDEX backfill_links_by_outcome ON public.backfill_links USING btree (backfill_id, outcome, info_code);

CREATE INDEX backfill_links_left ON public.backfill_links USING btree (backfill_id, chunk, info_code) WHERE (outcome IS NULL);

CREATE INDEX backfills_open ON public.backfills USING btree (id) WHERE (state = ANY (ARRAY['planned'::text, 'running'::text, 'paused'::text]));

CREATE INDEX coverage_days_stale ON public.coverage_days USING btree (day) WHERE stale;

CREATE INDEX events_by_article ON public.events USING btree (info_code, id);

CREATE INDEX events_by_run ON public.events USING btree (run_id, outcome, id) WHERE (outcome IS NOT NULL);

CREATE INDEX links_again ON public.links USING btree (due_at) WHERE ((state = ANY (ARRAY['failed'::text, 'blocked'::text, 'gone'::text])) AND (backfill_id IS NULL));

CREATE INDEX links_by_state ON public.links USING btree (state);

CREATE INDEX links_fetched ON public.links USING btree (info_code) WHERE (state = 'fetched'::text);

CREATE INDEX links_leased ON public.links USING btree (lease_run) WHERE (lease_run IS NOT NULL);

CREATE INDEX links_new ON public.links USING btree (due_at) WHERE ((state = 'pending'::text) AND (backfill_id IS NULL));

CREATE INDEX links_of_backfills ON public.links USING btree (backfill_id) WHERE (backfill_id IS NOT NULL);

CREATE INDEX links_unsettled ON public.links USING btree (state, info_code) WHERE (state <> 'done'::text);

CREATE INDEX listings_by_day ON public.listings USING btree (day, info_code);

CREATE INDEX login_failures_last ON public.login_failures USING btree (last_at);

CREATE UNIQUE INDEX media_by_name ON public.media USING btree (name) WHERE (NOT former);

CREATE INDEX payloads_dropped ON public.payloads USING btree (id) WHERE (codec = 'dropped'::text);

CREATE INDEX quarantine_by_day ON public.quarantine USING btree (day, at, info_code) WHERE (discarded_at IS NULL);

CREATE INDEX quarantine_by_media ON public.quarantine USING btree (media, at, info_code) WHERE (discarded_at IS NULL);

CREATE INDEX quarantine_by_payload ON public.quarantine USING btree (payload_id);

CREATE INDEX quarantine_by_reason ON public.quarantine USING btree (reason, info_code) WHERE (discarded_at IS NULL);

CREATE INDEX quarantine_by_reason_and_time ON public.quarantine USING btree (reason, at, info_code) WHERE (discarded_at IS NULL);

CREATE INDEX quarantine_by_time ON public.quarantine USING btree (at, info_code) WHERE (discarded_at IS NULL);

CREATE INDEX quarantine_counted ON public.quarantine USING btree (reason, stage, normaliser, at) WHERE (discarded_at IS NULL);

CREATE INDEX quarantine_discarded ON public.quarantine USING btree (at, info_code) WHERE (discarded_at IS NOT NULL);

CREATE INDEX rechecks_due ON public.rechecks USING btree (due_at);

CREATE INDEX revisions_by_payload ON public.revisions USING btree (payload_id);

CREATE INDEX runs_by_end ON public.runs USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX runs_by_kind ON public.runs USING btree (kind, id DESC);

CREATE INDEX runs_by_reason ON public.runs USING btree (reason, id DESC);

CREATE INDEX runs_by_state ON public.runs USING btree (state, id DESC) WHERE (state <> 'ended'::text);

CREATE INDEX runs_in_trouble ON public.runs USING btree (id DESC) WHERE ((state = 'broken'::text) OR (counts @@ '((($."quarantined" > 0 || $."gone" > 0) || $."blocked" > 0) || $."failed" > 0)'::jsonpath));

CREATE INDEX runs_unfinished ON public.runs USING btree (id) WHERE (state = 'running'::text);

CREATE INDEX search_texts_by_keys ON public.search_texts USING gin (public.search_keys(text, facts)) WITH (fastupdate='on', gin_pending_list_limit='32768');
ALTER INDEX public.search_texts_by_keys ALTER COLUMN 1 SET STATISTICS 0;

CREATE INDEX search_texts_by_moment ON public.search_texts USING btree (moment, info_code);

CREATE INDEX sessions_expires ON public.sessions USING btree (expires_at);

CREATE INDEX sightings_by_moment ON public.sightings USING btree (moment) WHERE (moment IS NOT NULL);

CREATE INDEX sightings_by_time ON public.sightings USING btree (seen_at);

CREATE TRIGGER articles_keep_revision BEFORE UPDATE ON public.articles FOR EACH ROW WHEN ((old.content_hash IS DISTINCT FROM new.content_hash)) EXECUTE FUNCTION public.keep_revision();

CREATE TRIGGER articles_mark_coverage_gone AFTER DELETE ON public.articles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_articles_coverage();

CREATE TRIGGER articles_mark_coverage_moved AFTER UPDATE ON public.articles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_articles_coverage();

CREATE TRIGGER articles_mark_coverage_new AFTER INSERT ON public.articles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_new_coverage();

CREATE TRIGGER articles_queue_changed AFTER UPDATE OF title, moment, body, normaliser ON public.articles FOR EACH ROW WHEN (((old.revision IS DISTINCT FROM new.revision) OR (old.normaliser IS DISTINCT FROM new.normaliser))) EXECUTE FUNCTION public.queue_changed_for_search();

CREATE TRIGGER articles_queue_new AFTER INSERT ON public.articles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.queue_new_for_search();

CREATE TRIGGER backfill_links_count_ended AFTER UPDATE ON public.backfill_links REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_backfill_links();

CREATE TRIGGER backfill_links_count_new AFTER INSERT ON public.backfill_links REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_backfill_links();

CREATE TRIGGER links_mark_coverage_gone AFTER DELETE ON public.links REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_links_coverage();

CREATE TRIGGER links_mark_coverage_moved AFTER UPDATE ON public.links REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_links_coverage();

CREATE TRIGGER links_mark_coverage_new AFTER INSERT ON public.links REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_new_coverage();

CREATE TRIGGER listings_mark_coverage_gone AFTER DELETE ON public.listings REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_listings_coverage();

CREATE TRIGGER listings_mark_coverage_moved AFTER UPDATE ON public.listings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_listings_coverage();

CREATE TRIGGER listings_mark_coverage_new AFTER INSERT ON public.listings REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_new_coverage();

CREATE TRIGGER quarantine_mark_coverage_gone AFTER DELETE ON public.quarantine REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_quarantine_coverage();

CREATE TRIGGER quarantine_mark_coverage_new AFTER INSERT ON public.quarantine REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_new_coverage();

CREATE TRIGGER sightings_mark_coverage_gone AFTER DELETE ON public.sightings REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_sightings_coverage();

CREATE TRIGGER sightings_mark_coverage_moved AFTER UPDATE ON public.sightings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_sightings_coverage();

CREATE TRIGGER sightings_mark_coverage_new AFTER INSERT ON public.sightings REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_new_coverage();

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_account_fkey FOREIGN KEY (account) REFERENCES public.accounts(name) ON DELETE CASCADE;

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_first_run_fkey FOREIGN KEY (first_run) REFERENCES public.runs(id);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_imported_post_fkey FOREIGN KEY (imported_post) REFERENCES public.payloads(id);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.links(info_code);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_payload_id_fkey FOREIGN KEY (payload_id) REFERENCES public.payloads(id);

ALTER TABLE ONLY public.backfill_chunks
    ADD CONSTRAINT backfill_chunks_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfills(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.backfill_chunks
    ADD CONSTRAINT backfill_chunks_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.backfill_counts
    ADD CONSTRAINT backfill_counts_backfill_id_chunk_fkey FOREIGN KEY (backfill_id, chunk) REFERENCES public.backfill_chunks(backfill_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY public.backfill_days
    ADD CONSTRAINT backfill_days_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfills(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.backfill_links
    ADD CONSTRAINT backfill_links_backfill_id_chunk_fkey FOREIGN KEY (backfill_id, chunk) REFERENCES public.backfill_chunks(backfill_id, number) ON DELETE CASCADE;

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.links(info_code);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES public.backfills(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_lease_run_fkey FOREIGN KEY (lease_run) REFERENCES public.runs(id);

ALTER TABLE ONLY public.payloads
    ADD CONSTRAINT payloads_dictionary_id_fkey FOREIGN KEY (dictionary_id) REFERENCES public.payload_dictionaries(id);

ALTER TABLE ONLY public.payloads
    ADD CONSTRAINT payloads_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.links(info_code);

ALTER TABLE ONLY public.payloads
    ADD CONSTRAINT payloads_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.links(info_code);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_payload_id_fkey FOREIGN KEY (payload_id) REFERENCES public.payloads(id);

ALTER TABLE ONLY public.rechecks
    ADD CONSTRAINT rechecks_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.articles(info_code) ON DELETE CASCADE;

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.articles(info_code) ON DELETE CASCADE;

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_payload_id_fkey FOREIGN KEY (payload_id) REFERENCES public.payloads(id);

ALTER TABLE ONLY public.run_lines
    ADD CONSTRAINT run_lines_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.search_texts
    ADD CONSTRAINT search_texts_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.articles(info_code) ON DELETE CASCADE;

ALTER TABLE ONLY public.securities
    ADD CONSTRAINT securities_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.articles(info_code) ON DELETE CASCADE;

ALTER TABLE ONLY public.sightings
    ADD CONSTRAINT sightings_info_code_fkey FOREIGN KEY (info_code) REFERENCES public.links(info_code);

ALTER TABLE ONLY public.sightings
    ADD CONSTRAINT sightings_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);
