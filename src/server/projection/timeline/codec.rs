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
    let mut out = ByteWriter::default();
    out.unsigned(table.rows() as u64);
    let mut before = 0;
    for (place, subject) in table.subjects.iter().enumerate() {
        out.unsigned(u64::from(subject - before));
        out.unsigned(table.rows_of(place).len() as u64);
        before = *subject;
    }
    for place in 0..table.subjects.len() {
        let mut since = 0;
        for at in &table.at[table.rows_of(place)] {
            out.unsigned(u64::from(at - since));
            since = *at;
        }
    }
    out.unsigned(table.ranks.len() as u64);
    let mut before = 0;
    for (row, rank) in &table.ranks {
        out.unsigned(u64::from(row - before));
        out.unsigned(u64::from(*rank));
        before = *row;
    }
    write_runs(table.category.iter().map(|category| u32::from(*category)), &mut out);
    table.name.write(&mut out);
    out.bytes
}

/// Reads one part into a table that already has its core, or the core itself.
pub fn decode_part(part: &str, packed: &[u8], table: &mut Table) -> anyhow::Result<()> {
    let bytes = unpack(packed)?;
    if part == CORE {
        *table = Table { columns: std::mem::take(&mut table.columns), ..read_core(&bytes)? };
    } else {
        table.columns.insert(part.to_owned(), read_column(part, table.rows(), &bytes)?);
    }
    Ok(())
}

/// The core alone, without columns.
pub fn decode_core(packed: &[u8]) -> anyhow::Result<Table> {
    read_core(&unpack(packed)?)
}

pub fn decode_column(part: &str, rows: usize, packed: &[u8]) -> anyhow::Result<Column> {
    read_column(part, rows, &unpack(packed)?)
}

pub fn decode_everything(packed: &[u8]) -> anyhow::Result<Table> {
    decode_some(packed, |_| true)
}

/// The core and those columns that are wanted.
pub fn decode_some(packed: &[u8], wanted: impl Fn(&str) -> bool) -> anyhow::Result<Table> {
    let bytes = unpack(packed)?;
    let mut reader = ByteReader::new(&bytes);
    let mut table = Table::default();
    while !reader.is_done() {
        let (part, section) = (reader.text()?, reader.section()?);
        if part == CORE {
            table = read_core(section)?;
        } else if wanted(part) {
            table.columns.insert(part.to_owned(), read_column(part, table.rows(), section)?);
        }
    }
    Ok(table)
}

fn read_column(part: &str, rows: usize, bytes: &[u8]) -> anyhow::Result<Column> {
    Column::read(rows, &mut ByteReader::new(bytes)).with_context(|| format!("column {part} of a timeline"))
}

fn read_core(bytes: &[u8]) -> anyhow::Result<Table> {
    let read = || -> anyhow::Result<Table> {
        let mut reader = ByteReader::new(bytes);
        let rows = reader.count()?;
        let mut table = Table::default();
        let (mut subject, mut row) = (0u32, 0usize);
        while row < rows {
            subject = subject.checked_add(u32::try_from(reader.unsigned()?)?).context("subjects overflow")?;
            let length = reader.unsigned()? as usize;
            if length == 0 || length > rows - row {
                bail!("a run of subjects is impossible");
            }
            table.subjects.push(subject);
            table.starts.push(row as u32);
            row += length;
        }
        table.starts.push(rows as u32);
        table.at = Vec::with_capacity(rows);
        for place in 0..table.subjects.len() {
            let mut time = 0u32;
            for _ in table.rows_of(place) {
                time = time.checked_add(u32::try_from(reader.unsigned()?)?).context("times overflow")?;
                table.at.push(time);
            }
        }
        let mut row = 0usize;
        for _ in 0..reader.count()? {
            row += reader.unsigned()? as usize;
            if row >= rows {
                bail!("a rank of no row");
            }
            table.ranks.push((row as u32, u32::try_from(reader.unsigned()?)?));
        }
        let mut category = Vec::with_capacity(rows);
        read_runs(rows, &mut reader, |length, value| {
            category.resize(category.len() + length, value as u8);
            Ok(())
        })?;
        table.category = category;
        table.name = Column::read(rows, &mut reader)?;
        Ok(table)
    };
    read().context("the core of a timeline")
}

#[cfg(test)]
mod tests {
    use super::super::table::{Builder, merge};
    use super::*;
    use crate::projection::fold::{EventFold, ScalarFold};
    use proptest::prelude::*;

    fn event(subject: i32, at: i64, name: usize, plan: Option<i64>, session: Option<i64>) -> EventFold<'static> {
        let mut dimensions: [Option<&str>; 19] = Default::default();
        dimensions[0] = (subject % 2 == 0).then_some("DE");
        EventFold {
            at,
            seq: 0,
            subject: (subject > 0).then_some(subject),
            session,
            name: ["viewed", "bought", "left"][name],
            category: 3,
            dimensions,
            scalars: plan.map(|plan| ("plan", ScalarFold::Number(plan as f64))).into_iter().collect(),
            revenue: plan.map(|plan| plan * 1_000_000),
            currency: plan.map(|_| "EUR"),
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

    /// Everything that a reader can see of it.
    fn told(table: &Table) -> String {
        let rows = (0..table.rows()).map(|row| {
            let value =
                |(name, column): (&String, &Column)| (name.clone(), column.value(row).cloned(), column.integer(row));
            let values: Vec<_> = table.columns.iter().map(value).collect();
            (table.at[row], table.rank(row), table.category[row], table.name.value(row), values)
        });
        format!("{:?} {:?} {:?}", table.subjects, table.starts, rows.collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn a_table_survives_its_bytes(events in events()) {
            let table = table(&events);
            prop_assert_eq!(told(&decode_everything(&encode_everything(&table)).unwrap()), told(&table));
            let mut back = Table::default();
            for (part, body) in encode(&table) {
                decode_part(&part, &body, &mut back).unwrap();
            }
            prop_assert_eq!(told(&back), told(&table));
        }

        #[test]
        fn merging_pieces_equals_building_at_once(events in events(), cut in 0usize..40, other in 0usize..40) {
            let (a, b) = (cut.min(other).min(events.len()), cut.max(other).min(events.len()));
            let pieces = [table(&events[..a]), table(&events[a..b]), table(&events[b..])];
            let merged = merge(&pieces.iter().filter(|piece| piece.rows() > 0).collect::<Vec<_>>());
            let whole = table(&events);
            prop_assert_eq!(told(&merged), told(&whole));
        }
    }
}
