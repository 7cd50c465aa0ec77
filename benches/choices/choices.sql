-- What the schema was chosen by. Run on a database of `benches/large`:
--   psql DATABASE -f benches/choices/choices.sql
-- Everything it makes is in the schema `choices`, which it drops at the end.
\set ON_ERROR_STOP on
\timing on
create schema choices;
set search_path = choices, public;
select max(id) as project from project \gset
select min(at)::date as day from span \gset

\echo === trace directory: one row per trace with a btree on its id, against an index on every span
select count(distinct trace_id) as traces, count(*) as spans from span \gset
create table directory (like trace);
alter table directory add primary key (shard, project, trace_id, day);
insert into directory select * from trace order by started_at;
create table span_rows as select at, trace_id from span;
create index on span_rows (trace_id);
create table span_hash as select at, trace_id from span;
create index on span_hash using hash (trace_id);
select relname, pg_size_pretty(pg_relation_size(oid)) from pg_class where relnamespace = 'choices'::regnamespace order by 1;
select trace_id as some from span_rows offset 100 limit 1 \gset
explain (analyze, buffers, costs off) select min(started_at), max(ended_at) from directory where shard = :project and project = :project and trace_id = :'some';
explain (analyze, buffers, costs off) select at from span_rows where trace_id = :'some';

\echo === person over all signals: an index per day partition, against the days that the timeline knows
explain (analyze, costs off, timing off, summary on) select count(*) from event where project = :project and subject = 42;
explain (analyze, costs off, timing off, summary on) select count(*) from event where project = :project and subject = 42 and at >= '2026-03-01' and at < '2026-03-03';
select pg_size_pretty(sum(pg_relation_size(indexrelid))) as person_indexes, pg_size_pretty(sum(pg_relation_size(indrelid))) as rows
from pg_index join pg_class on pg_class.oid = indexrelid where relname like 'event_p%subject%';

\echo === log search: pg_trgm against blocks of texts
create extension if not exists pg_trgm;
create table messages as select seq, message from log;
create table bare (like messages);
insert into bare select * from messages;
create table indexed (like messages);
create index on indexed using gin (message gin_trgm_ops);
insert into indexed select * from messages limit 200000;
select pg_size_pretty(pg_relation_size('indexed_message_idx')) as gin_of_200k, pg_size_pretty(pg_relation_size('messages')) as messages;
create index messages_gin on messages using gin (message gin_trgm_ops);
select pg_size_pretty(pg_relation_size('messages_gin')) as gin;
analyze messages;
select pg_size_pretty(sum(octet_length(body))) as blocks from chunk where kind = 6;
explain (analyze, costs off, timing off, summary on) select count(*) from messages where message ilike '%quetzalcoatl%';
explain (analyze, costs off, timing off, summary on) select count(*) from messages where message ilike '%flux-capacitor%';
explain (analyze, costs off, timing off, summary on) select count(*) from (select from messages where message ilike '%timed out%' limit 100001) f;
set enable_bitmapscan = off;
explain (analyze, costs off, timing off, summary on) select count(*) from messages where message ilike '%quetzalcoatl%';
explain (analyze, costs off, timing off, summary on) select count(*) from messages where message collate "C" ilike '%quetzalcoatl%';
reset enable_bitmapscan;

\echo === properties: in the rows' jsonb, against columns of the timeline (see funnel-held)
explain (analyze, costs off, timing off, summary on) select count(*) from event where project = :project and properties ->> 'plan' = 'pro' and (properties ->> 'price')::float8 >= 50;
select part, pg_size_pretty(sum(octet_length(body))) as stored, round(sum(octet_length(body))::numeric / sum(rows), 2) as bytes_per_event
from chunk where kind = 1 group by 1 order by sum(octet_length(body)) desc;

\echo === metric series: rows against chunks
create table points as select :project as project, s as series, timestamptz '2026-04-01' + n * interval '10 s' as at, random() * 100 as value
from generate_series(1, 20) s, generate_series(0, 8639) n;
create index on points using brin (at);
create index points_series on points (series, at);
analyze points;
explain (analyze, costs off, timing off, summary on) select series, date_bin('15 min', at, '2026-01-01'), avg(value) from points where at >= '2026-04-01' and at < '2026-04-02' group by 1, 2;
select pg_size_pretty(pg_relation_size('points')) as rows, pg_size_pretty(pg_relation_size('points_series')) as index;
drop schema choices cascade;
