//! One trace: its spans in order, where its time went, and which span it was (contract rule G5).

use super::logs::flat;
use crate::database::fault::Told;
use crate::store::rows::shard;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use parallax_domain::question::{Bottleneck, Span, SpanEvent, Trace};
use parallax_domain::signal::SpanKind;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// More spans than a person looks at; the rest is counted but not shown.
const MOST: i64 = 20_000;

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    duration: i64,
    span_id: i64,
    parent_id: Option<i64>,
    service: Option<String>,
    operation: String,
    kind: i16,
    error: bool,
    status: Option<i16>,
    attributes: Option<sqlx::types::Json<Value>>,
    events: Option<sqlx::types::Json<Value>>,
}

impl Store {
    /// None if no span of it is stored.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question trace", otel.kind = "client"))]
    pub async fn trace(&self, look: &mut Look, trace_id: Uuid) -> Result<Option<Trace>, Problem> {
        let extent: (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = sqlx::query_as(
            "select min(started_at), max(ended_at) from trace where shard = $3 and project = $1 and trace_id = $2",
        )
        .bind(look.project)
        .bind(trace_id)
        .bind(shard(look.project))
        .fetch_one(&mut *look.connection)
        .await
        .told()?;
        let (Some(from), Some(to)) = extent else { return Ok(None) };
        let rows: Vec<Row> = sqlx::query_as(
            "select at, duration, span_id, parent_id, service, operation, kind, error, status, attributes, events from span \
             where project = $1 and at >= $2 and at <= $3 and trace_id = $4 order by at, seq limit $5",
        )
        .bind(look.project)
        .bind(from)
        .bind(to)
        .bind(trace_id)
        .bind(MOST)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok((!rows.is_empty()).then(|| assemble(trace_id, rows)))
    }
}

/// A span's place in nanoseconds since the start of the trace.
struct Node {
    start: i64,
    end: i64,
    children: Vec<usize>,
}

fn assemble(trace_id: Uuid, rows: Vec<Row>) -> Trace {
    let started_at = rows.iter().map(|row| row.at).min().unwrap_or_default();
    let nanos = |at: DateTime<Utc>| (at - started_at).num_nanoseconds().unwrap_or(0);
    let mut nodes: Vec<Node> = rows
        .iter()
        .map(|row| Node { start: nanos(row.at), end: nanos(row.at) + row.duration, children: Vec::new() })
        .collect();
    let mut by_id: HashMap<i64, usize> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        by_id.entry(row.span_id).or_insert(index);
    }
    let mut roots = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        match row.parent_id.and_then(|parent| by_id.get(&parent)).copied().filter(|parent| *parent != index) {
            Some(parent) => nodes[parent].children.push(index),
            // The root, or a span whose parent did not arrive.
            None => roots.push(index),
        }
    }
    let order = walk(&nodes, &roots);
    let length = nodes.iter().map(|node| node.end).max().unwrap_or(0);
    let critical = critical_path(&nodes, &roots);
    let ms = |nanos: i64| nanos as f64 / 1e6;
    let hex = |id: i64| format!("{id:016x}");
    let bottleneck = critical
        .iter()
        .map(|index| (*index, own_time(&nodes, *index)))
        .max_by_key(|(index, own)| (*own, std::cmp::Reverse(*index)))
        .filter(|_| length > 0)
        .map(|(index, own)| Bottleneck {
            service: rows[index].service.clone(),
            operation: rows[index].operation.clone(),
            span_id: hex(rows[index].span_id),
            self_ms: ms(own),
            share: own as f64 / length as f64,
        });
    let critical_path = critical.iter().map(|index| hex(rows[*index].span_id)).collect();
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    let spans = order
        .into_iter()
        .filter_map(|(index, depth)| {
            let row = rows[index].take()?;
            let node = &nodes[index];
            Some(Span {
                span_id: hex(row.span_id),
                parent_id: row.parent_id.map(hex),
                service: row.service,
                operation: row.operation,
                kind: SpanKind::from_number(i32::from(row.kind)),
                started_at: row.at,
                start_ms: ms(node.start),
                ms: ms(row.duration),
                self_ms: ms(own_time(&nodes, index)),
                error: row.error,
                status: row.status.map(i64::from),
                depth,
                critical: critical.contains(&index),
                attributes: flat(row.attributes.map(|json| json.0)),
                events: events(row.events.map(|json| json.0)),
            })
        })
        .collect();
    Trace { trace_id: trace_id.simple().to_string(), started_at, ms: ms(length), spans, critical_path, bottleneck }
}

/// Parents before children, siblings by start; with their depth. A circle of parents is cut where it is entered.
fn walk(nodes: &[Node], roots: &[usize]) -> Vec<(usize, usize)> {
    let mut order = Vec::with_capacity(nodes.len());
    let mut seen = vec![false; nodes.len()];
    let by_start = |of: &[usize]| {
        let mut sorted = of.to_vec();
        sorted.sort_by_key(|index| std::cmp::Reverse((nodes[*index].start, *index)));
        sorted
    };
    let mut stack: Vec<(usize, usize)> = by_start(roots).into_iter().map(|index| (index, 0)).collect();
    let unreachable: Vec<usize> = (0..nodes.len()).collect();
    loop {
        while let Some((index, depth)) = stack.pop() {
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            order.push((index, depth));
            stack.extend(by_start(&nodes[index].children).into_iter().map(|child| (child, depth + 1)));
        }
        match unreachable.iter().find(|index| !seen[**index]) {
            Some(index) => stack.push((*index, 0)),
            None => return order,
        }
    }
}

/// Duration without the union of the children's intervals, each clipped to the span.
fn own_time(nodes: &[Node], index: usize) -> i64 {
    let node = &nodes[index];
    let mut inside: Vec<(i64, i64)> = node
        .children
        .iter()
        .map(|child| (nodes[*child].start.max(node.start), nodes[*child].end.min(node.end)))
        .filter(|(start, end)| end > start)
        .collect();
    inside.sort_unstable();
    let (mut covered, mut reached) = (0, node.start);
    for (start, end) in inside {
        covered += (end - start.max(reached)).max(0);
        reached = reached.max(end);
    }
    node.end - node.start - covered
}

/// From the end of the trace backwards: in each span the child that finished last before the point reached.
fn critical_path(nodes: &[Node], roots: &[usize]) -> Vec<usize> {
    let Some(root) = roots.iter().copied().max_by_key(|index| (nodes[*index].end, std::cmp::Reverse(*index))) else {
        return Vec::new();
    };
    let mut path = Vec::new();
    let mut seen = vec![false; nodes.len()];
    let mut stack = vec![root];
    while let Some(index) = stack.pop() {
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        path.push(index);
        let node = &nodes[index];
        let mut children: Vec<usize> = node.children.clone();
        children.sort_by_key(|child| std::cmp::Reverse((nodes[*child].end, *child)));
        let mut reached = node.end;
        for child in children {
            let (start, end) = (nodes[child].start, nodes[child].end.min(node.end));
            // What was still running when the next one on the path had begun did not hold anything up.
            if end <= reached && end > start {
                stack.push(child);
                reached = start;
            }
        }
    }
    path.sort_by_key(|index| (nodes[*index].start, std::cmp::Reverse(nodes[*index].end)));
    path
}

fn events(json: Option<Value>) -> Vec<SpanEvent> {
    let Some(Value::Array(events)) = json else { return Vec::new() };
    events
        .into_iter()
        .filter_map(|mut event| {
            Some(SpanEvent {
                name: event.get("name")?.as_str()?.to_owned(),
                at: event.get("at")?.as_str()?.parse().ok()?,
                attributes: flat(event.get_mut("attributes").map(Value::take)),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(start: i64, end: i64, children: &[usize]) -> Node {
        Node { start, end, children: children.to_vec() }
    }

    #[test]
    fn payment_is_the_bottleneck_of_the_documents_example() {
        // API gateway 300 in all, 5 of its own; auth 12, order 45, payment 230, notification 8.
        let nodes =
            [node(0, 300, &[1, 2, 3, 4]), node(5, 17, &[]), node(17, 62, &[]), node(62, 292, &[]), node(292, 300, &[])];
        assert_eq!(own_time(&nodes, 0), 5);
        assert_eq!(critical_path(&nodes, &[0]), [0, 1, 2, 3, 4]);
        let share = own_time(&nodes, 3) as f64 / 300.0;
        assert!((share - 0.767).abs() < 0.001);
    }

    #[test]
    fn what_ran_beside_the_longest_child_is_not_on_the_path() {
        let nodes = [node(0, 100, &[1, 2]), node(0, 90, &[]), node(10, 50, &[])];
        assert_eq!(critical_path(&nodes, &[0]), [0, 1]);
        assert_eq!(own_time(&nodes, 0), 10);
    }

    #[test]
    fn children_that_overlap_or_outlive_their_parent_are_counted_once_and_clipped() {
        let nodes = [node(0, 100, &[1, 2]), node(10, 60, &[]), node(40, 150, &[])];
        assert_eq!(own_time(&nodes, 0), 10);
    }

    #[test]
    fn a_circle_of_parents_is_still_shown() {
        let nodes = [node(0, 10, &[1]), node(0, 10, &[0])];
        assert_eq!(walk(&nodes, &[]).len(), 2);
    }
}
