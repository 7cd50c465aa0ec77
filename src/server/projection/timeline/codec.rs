//! Tables as bytes: one body per part, or all parts in one body for a fresh delta.

use super::CORE;
use super::column::Column;
use super::table::Table;
use crate::projection::bytes::{ByteReader, ByteWriter, pack, read_runs, unpack, write_runs};
use anyhow::{Context, bail};

/// The parts of a table, each with its packed body.
pub fn encode(table: &Table) -> Vec<(String, Vec<u8>)> {
    plain(table).into_iter().map(|(part, body)| (part, pack(&body))).collect()
}

pub fn encode_everything(table: &Table) -> Vec<u8> {
    let mut out = ByteWriter::default();
    for (part, body) in plain(table) {
        out.text(&part);
        out.section(&body);
    }
    out.pack()
}

fn plain(table: &Table) -> Vec<(String, Vec<u8>)> {
    let mut parts = vec![(CORE.to_owned(), core(table))];
    for (name, column) in &table.columns {
        let mut out = ByteWriter::default();
        column.write(&mut out);
        parts.push((name.clone(), out.bytes));
    }
    parts
}

fn core(table: &Table) -> Vec<u8> {
    let rows = table.rows();
    let mut out = ByteWriter::default();
    out.unsigned(rows as u64);
    let mut row = 0;
    let mut before = 0;
    while row < rows {
        let subject = table.subject[row];
        let length = table.subject[row..].iter().take_while(|other| **other == subject).count();
        out.unsigned(u64::from(subject - before));
        out.unsigned(length as u64);
        before = subject;
        row += length;
    }
    for row in 0..rows {
        let first = row == 0 || table.subject[row] != table.subject[row - 1];
        let since = if first { 0 } else { table.at[row - 1] };
        out.unsigned(u64::from(table.at[row] - since));
    }
    let ranked: Vec<usize> = (0..rows).filter(|row| table.rank[*row] != 0).collect();
    out.unsigned(ranked.len() as u64);
    let mut before = 0;
    for row in ranked {
        out.unsigned((row - before) as u64);
        out.unsigned(u64::from(table.rank[row]));
        before = row;
    }
    let category: Vec<u32> = table.category.iter().map(|category| u32::from(*category)).collect();
    write_runs(&category, &mut out);
    match &table.name {
        Some(name) => name.write(&mut out),
        None => Column::Dictionary { values: Vec::new(), ids: vec![0; rows] }.write(&mut out),
    }
    out.bytes
}

/// Reads one part into a table that already has its core, or the core itself.
pub fn decode_part(part: &str, packed: &[u8], table: &mut Table) -> anyhow::Result<()> {
    read_part(part, &unpack(packed)?, table)
}

pub fn decode_everything(packed: &[u8]) -> anyhow::Result<Table> {
    let bytes = unpack(packed)?;
    let mut reader = ByteReader::new(&bytes);
    let mut table = Table::default();
    while !reader.is_done() {
        let part = reader.text()?;
        read_part(part, reader.section()?, &mut table)?;
    }
    Ok(table)
}

fn read_part(part: &str, bytes: &[u8], table: &mut Table) -> anyhow::Result<()> {
    let mut reader = ByteReader::new(bytes);
    if part == CORE {
        return read_core(&mut reader, table).context("the core of a timeline");
    }
    let column = Column::read(table.rows(), &mut reader).with_context(|| format!("column {part} of a timeline"))?;
    table.columns.insert(part.to_owned(), column);
    Ok(())
}

fn read_core(reader: &mut ByteReader<'_>, table: &mut Table) -> anyhow::Result<()> {
    let rows = reader.count()?;
    let mut subject = 0u32;
    table.subject = Vec::with_capacity(rows);
    while table.subject.len() < rows {
        subject = subject.checked_add(u32::try_from(reader.unsigned()?)?).context("subjects overflow")?;
        let length = reader.unsigned()? as usize;
        if length == 0 || table.subject.len() + length > rows {
            bail!("a run of subjects is impossible");
        }
        table.subject.resize(table.subject.len() + length, subject);
    }
    table.at = Vec::with_capacity(rows);
    for row in 0..rows {
        let first = row == 0 || table.subject[row] != table.subject[row - 1];
        let since = if first { 0 } else { table.at[row - 1] };
        table.at.push(since.checked_add(u32::try_from(reader.unsigned()?)?).context("times overflow")?);
    }
    table.rank = vec![0; rows];
    let mut row = 0;
    for _ in 0..reader.count()? {
        row += reader.unsigned()? as usize;
        *table.rank.get_mut(row).context("a rank of no row")? = u32::try_from(reader.unsigned()?)?;
    }
    table.category = read_runs(rows, reader)?.into_iter().map(|category| category as u8).collect();
    table.name = Some(Column::read(rows, reader)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::table::{Builder, merge};
    use super::*;
    use crate::projection::fold::EventFold;
    use crate::record::Scalar;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn event(subject: i32, at: i64, name: usize, plan: Option<i64>, session: Option<i64>) -> EventFold<'static> {
        let mut dimensions: [Option<Cow<'static, str>>; 19] = Default::default();
        dimensions[0] = (subject % 2 == 0).then_some(Cow::Borrowed("DE"));
        EventFold {
            at,
            seq: 0,
            subject: (subject > 0).then_some(subject),
            session,
            name: Cow::Borrowed(["viewed", "bought", "left"][name]),
            category: 3,
            dimensions,
            scalars: Cow::Owned(
                plan.map(|plan| ("plan".to_owned(), Scalar::Number(plan as f64))).into_iter().collect(),
            ),
            revenue: plan.map(|plan| plan * 1_000_000),
            currency: plan.map(|_| Cow::Borrowed("EUR")),
            weight: 1.0,
            trace_id: None,
        }
    }

    fn events() -> impl Strategy<Value = Vec<EventFold<'static>>> {
        let one = (0i32..5, 0i64..6, 0usize..3, prop::option::of(-3i64..3), prop::option::of(1i64..3));
        prop::collection::vec(one.prop_map(|(s, at, name, plan, session)| event(s, at, name, plan, session)), 0..40)
    }

    fn table(events: &[EventFold<'_>]) -> Table {
        let mut builder = Builder::default();
        events.iter().for_each(|event| builder.push(event));
        builder.finish()
    }

    proptest! {
        #[test]
        fn a_table_survives_its_bytes(events in events()) {
            let table = table(&events);
            prop_assert_eq!(&decode_everything(&encode_everything(&table)).unwrap(), &table);
            let mut back = Table::default();
            for (part, body) in encode(&table) {
                decode_part(&part, &body, &mut back).unwrap();
            }
            prop_assert_eq!(back, table);
        }

        #[test]
        fn merging_pieces_equals_building_at_once(events in events(), cut in 0usize..40, other in 0usize..40) {
            let (a, b) = (cut.min(other).min(events.len()), cut.max(other).min(events.len()));
            let pieces = [table(&events[..a]), table(&events[a..b]), table(&events[b..])];
            let merged = merge(&pieces.iter().filter(|piece| piece.rows() > 0).collect::<Vec<_>>());
            let whole = table(&events);
            prop_assert_eq!(&merged.subject, &whole.subject);
            prop_assert_eq!(&merged.at, &whole.at);
            prop_assert_eq!(&merged.rank, &whole.rank);
            for row in 0..whole.rows() {
                let name = |table: &Table| table.name.as_ref().and_then(|name| name.value(row)).cloned();
                prop_assert_eq!(name(&merged), name(&whole));
                for (part, column) in &whole.columns {
                    prop_assert_eq!(merged.columns[part].value(row), column.value(row));
                    prop_assert_eq!(merged.columns[part].integer(row), column.integer(row));
                }
            }
        }
    }
}
