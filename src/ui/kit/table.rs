//! Tables. The only place that writes a `<table>` in the face, so that head, body and labels are always there.

use super::{classes, icon, text, text::text_with_links};
use leptos::prelude::*;
use parallax_domain::screen::{Cell, Column, Link, Pager, Row, Run, Sorted, Table};

/// Longer tables scroll within themselves under a sticky head.
const TALL: usize = 40;

pub fn table(table: Table) -> AnyView {
    let linked = table
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .any(|cell| cell.text.0.iter().chain(&cell.sub.0).any(|run| matches!(run, Run::Link { .. })));
    let tall = if table.rows.len() > TALL { "tw tall" } else { "tw" };
    let class = classes(["tbl", if table.fold { "fold" } else { "" }, &table.class]);
    let headed = table.columns.iter().any(|column| !column.label.is_empty());
    let head = table.columns.iter().cloned().map(head).collect_view();
    let columns = &table.columns;
    let body = table.rows.into_iter().map(|one| row(one, columns, table.fold)).collect_view();
    let total = table.total.map(|one| view! { <tfoot>{row(one, columns, table.fold)}</tfoot> });
    // A region that scrolls must be reachable by keyboard; links inside make it so already.
    let region = (!linked).then(|| format!("{}, table", table.caption));
    view! {
        <div class=tall role=region.is_some().then_some("region") tabindex=region.is_some().then_some("0") aria-label=region>
            <table class=class>
                <caption class="vh">{table.caption}</caption>
                <thead class=(!headed).then_some("vh")><tr>{head}</tr></thead>
                <tbody>{body}</tbody>
                {total}
            </table>
        </div>
        {below(table.pager, table.csv, table.choice)}
    }
    .into_any()
}

fn head(column: Column) -> AnyView {
    let sort = column.sorted.map(|sorted| match sorted {
        Sorted::Up => ("ascending", " ↑"),
        Sorted::Down => ("descending", " ↓"),
    });
    let arrow = sort.map(|(_, arrow)| view! { <span aria-hidden="true">{arrow}</span> });
    let label = if column.hint.is_empty() {
        column.label.clone().into_any()
    } else {
        view! { <abbr title=column.hint.clone()>{column.label.clone()}</abbr> }.into_any()
    };
    let label = match column.sort.clone() {
        Some(href) => view! { <a href=href>{label}{arrow}</a> }.into_any(),
        None => view! { {label}{arrow} }.into_any(),
    };
    let width = (column.width > 0).then(|| format!("width:{}%", column.width));
    let class = cell_classes(&column, &Cell::default());
    if column.label.is_empty() {
        return view! { <td class=class style=width></td> }.into_any();
    }
    view! { <th scope="col" class=class style=width aria-sort=sort.map(|(word, _)| word)>{label}</th> }.into_any()
}

fn row(row: Row, columns: &[Column], fold: bool) -> AnyView {
    if row.group {
        let words = row.cells.into_iter().map(|cell| text(cell.text)).collect_view();
        let across = columns.len().to_string();
        return view! { <tr class="grp"><th scope="rowgroup" colspan=across>{words}</th></tr> }.into_any();
    }
    let cells = row
        .cells
        .into_iter()
        .enumerate()
        .map(|(at, one)| cell(one, columns.get(at).cloned().unwrap_or_default(), at == 0, fold))
        .collect_view();
    let class = (!row.class.is_empty()).then_some(row.class);
    view! { <tr class=class aria-selected=row.selected.then_some("true")>{cells}</tr> }.into_any()
}

fn cell(cell: Cell, column: Column, first: bool, fold: bool) -> AnyView {
    let class = cell_classes(&column, &cell);
    // In a folded row a label without a value would only be in the way.
    if fold && !first && cell == Cell::default() {
        return view! { <td class="void"></td> }.into_any();
    }
    if first && !column.numeric {
        return view! { <th scope="row" class=class>{contents(cell, "lk")}</th> }.into_any();
    }
    let label = (fold && !column.label.is_empty()).then(|| column.label.clone());
    // A drawing alone is a direct child of its cell: the style sheet sizes cells by what they hold.
    if !cell.drawing.is_empty() && cell.text.is_empty() && cell.sub.is_empty() {
        return view! { <td class=class data-l=label inner_html=cell.drawing></td> }.into_any();
    }
    view! { <td class=class data-l=label>{contents(cell, "")}</td> }.into_any()
}

/// `link` is the class of links: those that name the row are ink, those in figures look like links.
fn contents(cell: Cell, link: &'static str) -> AnyView {
    let wordless = cell.text.is_empty();
    let words = text_with_links(cell.text, link);
    let words = if cell.code { view! { <span class="op">{words}</span> }.into_any() } else { words };
    let words = if cell.drawing.is_empty() {
        words
    } else if wordless {
        view! { <span class="raw" inner_html=cell.drawing></span> }.into_any()
    } else {
        view! {
            <span class="row drawn">
                <span class="raw" inner_html=cell.drawing></span>
                <span class="num">{words}</span>
            </span>
        }
        .into_any()
    };
    let sub = (!cell.sub.is_empty()).then(|| view! { <span class="sub">{text(cell.sub.clone())}</span> });
    view! { {words}{sub} }.into_any()
}

fn cell_classes(column: &Column, cell: &Cell) -> Option<String> {
    let tone = match cell.tone.class() {
        "" | "acc" => String::new(),
        tone => format!("is-{tone}"),
    };
    let space = match column.secondary {
        0 => "",
        1 => "hide-s",
        _ => "hide-m",
    };
    let classes = classes([if column.numeric { "r" } else { "" }, space, &tone]);
    (!classes.is_empty()).then_some(classes)
}

/// Which columns are shown: links of a disclosure, so that the choice has an address.
fn columns(choice: Vec<Link>) -> Option<AnyView> {
    if choice.is_empty() {
        return None;
    }
    let links = choice
        .into_iter()
        .map(|link| {
            let current = link.current.then_some("true");
            view! { <a class="opt" href=link.href aria-current=current>{link.label}</a> }
        })
        .collect_view();
    Some(
        view! {
            <details class="menu up" name="columns">
                <summary class="btn sm quiet">"Columns"</summary>
                <div class="pop end"><p class="ttl">"Shown"</p>{links}</div>
            </details>
        }
        .into_any(),
    )
}

fn below(pager: Option<Pager>, csv: Option<String>, choice: Vec<Link>) -> Option<AnyView> {
    if pager.is_none() && csv.is_none() && choice.is_empty() {
        return None;
    }
    let pager = pager.map(|pager| {
        let step = |link: Option<Link>, rel: &'static str| {
            link.map(|link| view! { <a class="btn sm" rel=rel href=link.href>{link.label}</a> })
        };
        view! {
            <nav class="pager" aria-label="Pages of this table">
                <span>{pager.words}</span>
                {step(pager.previous, "prev")}
                {step(pager.next, "next")}
            </nav>
        }
    });
    let csv =
        csv.map(|href| view! { <a class="btn sm quiet" href=href download="" rel="external">{icon("dl")}"CSV"</a> });
    Some(view! { <div class="below">{pager}<span class="push"></span>{columns(choice)}{csv}</div> }.into_any())
}
