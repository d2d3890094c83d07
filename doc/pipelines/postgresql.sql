-- PostgreSQL: one table of records as jsonb. Tried with PostgreSQL 15.
--
--   psql -f postgresql.sql
--   icmpscope -J trace.pcap | psql -c "\copy icmpscope (record) from stdin
--       with (format csv, quote e'\x01', delimiter e'\x02')"
--
-- In that form of COPY a line is one value and its backslashes stay; neither of the two bytes is ever
-- in a record.
create table if not exists icmpscope (
    record jsonb not null,
    seen timestamptz generated always as
        (to_timestamp((record ->> 'ts_us')::bigint / 1000000.0)) stored,
    event text generated always as (record ->> 'event_type') stored
);
create index if not exists icmpscope_seen on icmpscope (event, seen);
create index if not exists icmpscope_flow on icmpscope ((record ->> 'flow_community_id'));

-- Errors by reporter and cause.
create or replace view icmpscope_errors as
select record ->> 'src_ip' as reporter, (record ->> 'icmp_type')::int as icmp_type,
    (record ->> 'icmp_code')::int as icmp_code, count(*) as errors
from icmpscope
where event = 'icmp' and record #>> '{icmp,class}' = 'error'
group by 1, 2, 3;
