//! What every table of a page gets whatever it shows: its rows as CSV, and the choice of its columns. Both live in the
//! address, so that they work without scripts and are shared with the page.

use parallax_domain::Address;
use parallax_domain::screen::{Link, Part, Screen, Table};

/// Setting of a page: `<key of the table>:<places of hidden columns>`.
const HIDDEN: &str = "hide";
/// Tables with fewer columns have nothing to choose.
const MANY: usize = 5;
/// Names the table of a page that is asked for as CSV.
pub const TABLE: &str = "table";
/// Before the path of the page whose table is asked for.
pub const CSV: &str = "/csv";

/// Completes all tables of a page.
pub fn finish(screen: &mut Screen, address: &Address) {
    screen.parts.iter_mut().for_each(|part| each(part, &mut |table| complete(table, address)));
}

/// The table of this key on a page, with all its columns.
pub fn find(mut screen: Screen, key: &str) -> Option<Table> {
    let mut found = None;
    for part in &mut screen.parts {
        each(part, &mut |table| {
            if found.is_none() && table.key() == key {
                found = Some(table.clone());
            }
        });
    }
    found
}

fn each(part: &mut Part, does: &mut dyn FnMut(&mut Table)) {
    match part {
        Part::Table(table) => does(table),
        Part::Grid(cells) => cells.iter_mut().for_each(|(_, part)| each(part, does)),
        Part::Panel(panel) => panel.body.iter_mut().for_each(|part| each(part, does)),
        _ => {}
    }
}

fn complete(table: &mut Table, address: &Address) {
    if table.rows.is_empty() {
        return;
    }
    let key = table.key();
    if table.csv.is_none() {
        let address = address.without(HIDDEN).with(TABLE, &key);
        table.csv = Some(format!("{CSV}{}", address.href()));
    }
    if table.columns.len() < MANY {
        return;
    }
    let hidden = hidden(address, &key);
    table.choice = choice(table, address, &key, &hidden);
    // From the right, so that places stay what they are.
    for place in (1..table.columns.len()).rev().filter(|place| hidden.contains(place)) {
        table.columns.remove(place);
        let rows = table.rows.iter_mut().chain(table.total.as_mut());
        rows.filter(|row| row.cells.len() > place).for_each(|row| drop(row.cells.remove(place)));
    }
}

/// Columns of a table that the address hides. The first names the rows and always stays.
fn hidden(address: &Address, key: &str) -> Vec<usize> {
    let of_table = |setting: &str| setting.strip_prefix(key)?.strip_prefix(':').map(str::to_owned);
    let places = address.all(HIDDEN).filter_map(of_table);
    places.flat_map(|places| places.split('.').filter_map(|place| place.parse().ok()).collect::<Vec<usize>>()).collect()
}

fn choice(table: &Table, address: &Address, key: &str, hidden: &[usize]) -> Vec<Link> {
    let named = table.columns.iter().enumerate().skip(1).filter(|(_, column)| !column.label.is_empty());
    named
        .map(|(place, column)| {
            let shown = !hidden.contains(&place);
            let others = hidden.iter().copied().filter(|other| *other != place);
            let mut places: Vec<usize> = others.chain(shown.then_some(place)).collect();
            places.sort_unstable();
            Link { current: shown, ..Link::new(column.label.clone(), with_hidden(address, key, &places).href()) }
        })
        .collect()
}

fn with_hidden(address: &Address, key: &str, places: &[usize]) -> Address {
    let mut other = address.clone();
    let own = format!("{key}:");
    other.more.retain(|(name, value)| name != HIDDEN || !value.starts_with(&own));
    if !places.is_empty() {
        let places: Vec<String> = places.iter().map(usize::to_string).collect();
        other.more.push((HIDDEN.to_owned(), format!("{own}{}", places.join("."))));
    }
    other
}

/// The rows as RFC 4180 wants them. Text that a spreadsheet would run as a formula is quoted with an apostrophe;
/// columns of figures are left as they are.
pub fn csv(table: &Table) -> String {
    let mut out = String::new();
    let heads = table.columns.iter().map(|column| field(&column.label, false));
    line(&mut out, heads.collect());
    for row in table.rows.iter().chain(&table.total).filter(|row| !row.group) {
        let cells = row.cells.iter().enumerate().map(|(place, cell)| {
            let numeric = table.columns.get(place).is_some_and(|column| column.numeric);
            field(&cell.text.words(), numeric)
        });
        line(&mut out, cells.collect());
    }
    out
}

fn line(out: &mut String, fields: Vec<String>) {
    out.push_str(&fields.join(","));
    out.push_str("\r\n");
}

fn field(text: &str, numeric: bool) -> String {
    let formula = !numeric && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::screen::{Cell, Column, Row};

    fn table() -> Table {
        let columns = ["Name", "A", "B", "C", "D"].map(Column::figures);
        Table {
            caption: "Slow operations, now".into(),
            columns: columns.into(),
            rows: vec![Row::new(["a", "1", "2", "3", "4"].map(Cell::new).into())],
            ..Table::default()
        }
    }

    fn completed(query: &str) -> Table {
        let mut table = table();
        complete(&mut table, &Address::parse("/engineering", query));
        table
    }

    #[test]
    fn hidden_columns_go_with_their_cells_and_can_come_back() {
        let hidden = completed("hide=slow-operations-now:1.3");
        let heads: Vec<&str> = hidden.columns.iter().map(|column| column.label.as_str()).collect();
        assert_eq!(heads, ["Name", "B", "D"]);
        assert_eq!(hidden.rows[0].cells.len(), 3);
        assert_eq!(hidden.choice.len(), 4);
        assert_eq!(hidden.choice[0].href, "/engineering?hide=slow-operations-now:3");
        assert!(!hidden.choice[0].current && hidden.choice[1].current);
    }

    #[test]
    fn the_name_of_the_rows_always_stays() {
        assert_eq!(completed("hide=slow-operations-now:0").columns.len(), 5);
    }

    #[test]
    fn another_tables_setting_is_not_ours() {
        assert_eq!(completed("hide=other:1").columns.len(), 5);
    }

    #[test]
    fn csv_is_quoted_and_nothing_in_it_runs() {
        let table = Table {
            columns: vec![Column::words("Name"), Column::figures("Change")],
            rows: vec![Row::new(vec![Cell::new("=HYPERLINK(\"x\",1)"), Cell::new("-1")])],
            ..Table::default()
        };
        assert_eq!(csv(&table), "Name,Change\r\n\"'=HYPERLINK(\"\"x\"\",1)\",-1\r\n");
    }
}
