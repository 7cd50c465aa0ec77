-- How the payload of a batch is written: 0 as it was when this column came, 1 with the messages of log records.
alter table batch add column format smallint not null default 0;

-- Log records of earlier batches are in no block of texts: a search reads them by their time.
insert into setting (key, value) select 'texts_from', to_jsonb(case when is_called then last_value + 1 else 0 end) from batch_id on conflict (key) do nothing;
