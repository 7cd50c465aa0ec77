//! Where log records lie that a search may find: blocks of records in order of ingestion, the newest first. Of each block
//! it is known which three neighbouring characters its messages have, so most are never opened.

use super::search::Search;
use crate::database::fault::Told;
use crate::projection::chunk::{EVERYTHING, Kind, Version};
use crate::projection::texts::{BLOCKS, Block, MATRIX, Texts, decode_blocks, numbers};
use crate::store::chunks::{Known, bodies_of};
use crate::store::rollups::damaged;
use crate::store::rows::shard;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Period, Problem, Signal};
use sqlx::{Postgres, QueryBuilder};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

const DAY: i64 = 86_400;
/// More threes of one search would tell little more.
const MOST_NUMBERS: usize = 64;

/// A bit for every block.
type Bits = Vec<u8>;

/// Day, tier and number of a chunk, and the rows of its matrix that were asked for.
type Rows = (DateTime<Utc>, i16, i64, Vec<Bits>);

/// Blocks in order: those whose latest record is newest come first. Blocks that may have a record in common stand together,
/// so that no record is found twice.
pub(super) struct Blocks {
    all: Vec<Block>,
    /// Where those that stand together begin.
    starts: Vec<usize>,
}

/// Some neighbours of [`Blocks`], for one statement.
pub(super) struct Group<'a> {
    blocks: &'a [Block],
    /// Microseconds: no record of a later group is newer than this; none in the last group.
    pub older: Option<i64>,
}

impl Blocks {
    fn new(mut blocks: Vec<Block>) -> Blocks {
        blocks.sort_by_key(|block| block.first);
        let mut parents: Vec<usize> = (0..blocks.len()).collect();
        let mut open: Vec<usize> = Vec::new();
        for (place, block) in blocks.iter().enumerate() {
            open.retain(|other| blocks[*other].last >= block.first);
            for other in &open {
                if blocks[*other].from <= block.to && block.from <= blocks[*other].to {
                    let (one, two) = (root(&mut parents, *other), root(&mut parents, place));
                    parents[two] = one;
                }
            }
            open.push(place);
        }
        let roots: Vec<usize> = (0..blocks.len()).map(|place| root(&mut parents, place)).collect();
        let mut newest = vec![(i64::MIN, i64::MIN); blocks.len()];
        for (block, root) in blocks.iter().zip(&roots) {
            newest[*root] = newest[*root].max((block.to, block.last));
        }
        let mut order: Vec<usize> = (0..blocks.len()).collect();
        order.sort_by_key(|place| {
            let (block, root) = (&blocks[*place], roots[*place]);
            (Reverse(newest[root]), root, Reverse((block.to, block.last)))
        });
        let is_start = |at: &usize| *at == 0 || roots[order[*at]] != roots[order[*at - 1]];
        let starts = (0..order.len()).filter(is_start).collect();
        Blocks { all: order.iter().map(|place| blocks[*place].clone()).collect(), starts }
    }

    /// Groups of so many blocks or a few more, each `growth` times as large as the one before.
    pub fn groups(&self, first: usize, growth: usize) -> impl Iterator<Item = Group<'_>> {
        let (mut at, mut size) = (0, first);
        std::iter::from_fn(move || {
            let end = self.starts.get(self.starts.partition_point(|start| *start < at + size));
            let blocks =
                self.all.get(at..end.copied().unwrap_or(self.all.len())).filter(|blocks| !blocks.is_empty())?;
            at += blocks.len();
            size *= growth;
            Some(Group { blocks, older: self.all.get(at).map(|block| block.to) })
        })
    }

    pub fn all(&self) -> Group<'_> {
        Group { blocks: &self.all, older: None }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

fn root(parents: &mut [usize], mut place: usize) -> usize {
    while parents[place] != place {
        parents[place] = parents[parents[place]];
        place = parents[place];
    }
    place
}

impl Group<'_> {
    /// As a condition on rows of `log`: their order of ingestion, and their time, which chooses partitions.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>) {
        let instant = |micros: i64| DateTime::<Utc>::from_timestamp_micros(micros);
        let from = self.blocks.iter().map(|block| block.from).min().and_then(instant);
        let to = self.blocks.iter().map(|block| block.to).max().and_then(instant);
        if let Some(from) = from {
            query.push(" and at >= ").push_bind(from);
        }
        if let Some(to) = to {
            query.push(" and at <= ").push_bind(to);
        }
        // Blocks of other groups may lie between: only what follows without a gap on one day is one range.
        let day = |block: &Block| block.from.div_euclid(DAY * 1_000_000);
        let mut ranges: Vec<Block> = self.blocks.to_vec();
        ranges.sort_unstable_by_key(|block| (day(block), block.first));
        ranges.dedup_by(|next, before| {
            let touches = day(next) == day(before) && next.first <= before.last.saturating_add(1);
            if touches {
                before.last = before.last.max(next.last);
                (before.from, before.to) = (before.from.min(next.from), before.to.max(next.to));
            }
            touches
        });
        query.push(" and (");
        for (place, block) in ranges.iter().enumerate() {
            query.push(if place == 0 { "(" } else { " or (" });
            query.push("seq between ").push_bind(block.first).push(" and ").push_bind(block.last);
            if let (Some(from), Some(to)) = (instant(block.from), instant(block.to)) {
                query.push(" and at between ").push_bind(from).push(" and ").push_bind(to);
            }
            query.push(")");
        }
        query.push(")");
    }
}

/// Which blocks may hold a record that fits, by the rows of the matrix.
fn candidates(search: &Search, blocks: usize, row: &dyn Fn(u16) -> Bits) -> Bits {
    let all = || vec![0xff; blocks.div_ceil(8)];
    let join = |parts: &[Search], start: Bits, with: fn(u8, u8) -> u8| {
        parts
            .iter()
            .map(|part| candidates(part, blocks, row))
            .fold(start, |ours, theirs| ours.into_iter().zip(theirs).map(|(ours, theirs)| with(ours, theirs)).collect())
    };
    match search {
        Search::Text(text) => {
            let mut found = all();
            for number in threes(text) {
                found.iter_mut().zip(row(number)).for_each(|(ours, theirs)| *ours &= theirs);
            }
            found
        }
        Search::And(parts) => join(parts, all(), |ours, theirs| ours & theirs),
        Search::Or(parts) => join(parts, vec![0; blocks.div_ceil(8)], |ours, theirs| ours | theirs),
        // What a block does not say is not known, nor its attributes.
        Search::Everything | Search::Not(_) | Search::Field(..) => all(),
    }
}

fn threes(text: &str) -> Vec<u16> {
    let mut found = Vec::new();
    numbers(text, |number| found.push(number));
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST_NUMBERS);
    found
}

fn asked(search: &Search, into: &mut Vec<u16>) {
    match search {
        Search::Text(text) => into.extend(threes(text)),
        Search::And(parts) | Search::Or(parts) => parts.iter().for_each(|part| asked(part, into)),
        Search::Everything | Search::Not(_) | Search::Field(..) => {}
    }
}

impl Store {
    /// Blocks of the period in which records may fit the search.
    pub(super) async fn log_blocks(&self, look: &mut Look, period: Period, search: &Search) -> Result<Blocks, Problem> {
        // What is not folded yet is asked for first: it may be folded while the rest is read, but not the other way round.
        let mut blocks = self.blocks_of_the_unfolded(look).await?;
        let day = |at: DateTime<Utc>| at.timestamp().div_euclid(DAY) * DAY;
        let at = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        let (first, last) = (at(day(period.from)), at(day(period.to)));
        let mut numbers = Vec::new();
        asked(search, &mut numbers);
        numbers.sort_unstable();
        numbers.dedup();
        for _ in 0..3 {
            let there: Vec<(DateTime<Utc>, i16, i64, bool, i32)> = sqlx::query_as(
                "select period, tier, seq, part = $4, rows from chunk \
                 where shard = $1 and project = $2 and kind = $3 and part in ($4, $5) and period >= $6 and period <= $7",
            )
            .bind(shard(look.project))
            .bind(look.project)
            .bind(Kind::Texts as i16)
            .bind(EVERYTHING)
            .bind(BLOCKS)
            .bind(first)
            .bind(last)
            .fetch_all(&mut *look.connection)
            .await
            .told()?;
            let mut fresh = Vec::new();
            let mut compacted = Vec::new();
            for (period, tier, seq, whole, rows) in there {
                let piece = (period.timestamp(), Version { tier, seq });
                if whole { fresh.push(piece) } else { compacted.push((piece, rows.max(0) as usize)) }
            }
            let Some(of_fresh) = self.fresh_blocks(look, &fresh, search).await? else { continue };
            let Some(of_compacted) = self.compacted_blocks(look, &compacted, search, &numbers).await? else { continue };
            blocks.extend(of_fresh);
            blocks.extend(of_compacted);
            let (from, to) = (period.from.timestamp_micros(), period.to.timestamp_micros());
            blocks.retain(|block| block.to >= from && block.from < to);
            return Ok(Blocks::new(blocks));
        }
        Err(Problem::unavailable("The figures are being rearranged right now."))
    }

    /// Records that no block knows: of batches that are not folded, and of times before there were blocks.
    async fn blocks_of_the_unfolded(&self, look: &mut Look) -> Result<Vec<Block>, Problem> {
        let unknown = |first: i64, last: i64| Block { first, last, records: 0, from: i64::MIN, to: i64::MAX };
        let batches: Vec<i64> = sqlx::query_scalar("select id from batch where signal = $1 and $2 = any(projects)")
            .bind(Signal::Log as i16)
            .bind(look.project)
            .fetch_all(&mut *look.connection)
            .await
            .told()?;
        let mut blocks: Vec<Block> = batches.into_iter().map(|id| unknown(id << 20, ((id + 1) << 20) - 1)).collect();
        let since = match self.texts_from.get() {
            Some(since) => *since,
            None => {
                let since: Option<i64> =
                    sqlx::query_scalar("select value::text::bigint from setting where key = 'texts_from'")
                        .fetch_optional(&self.database.admin)
                        .await
                        .told()?;
                *self.texts_from.get_or_init(|| since.unwrap_or(0))
            }
        };
        if since > 0 {
            blocks.push(unknown(0, (since << 20) - 1));
        }
        Ok(blocks)
    }

    async fn fresh_blocks(
        &self,
        look: &mut Look,
        pieces: &[(i64, Version)],
        search: &Search,
    ) -> Result<Option<Vec<Block>>, Problem> {
        let keys: Vec<(String, i64, Version)> =
            pieces.iter().map(|(start, version)| (EVERYTHING.to_owned(), *start, *version)).collect();
        let bodies = bodies_of(&mut look.connection, look.project, Kind::Texts, &keys).await.told()?;
        if bodies.len() < keys.len() {
            return Ok(None);
        }
        let mut blocks = Vec::new();
        for body in bodies {
            let texts = Texts::decode(&body.bytes).map_err(damaged)?;
            let row = |number: u16| {
                let mut bits = vec![0u8; texts.blocks.len().div_ceil(8)];
                for (place, (_, threes)) in texts.blocks.iter().enumerate() {
                    bits[place / 8] |= u8::from(threes.contains(number)) << (place % 8);
                }
                bits
            };
            let found = candidates(search, texts.blocks.len(), &row);
            blocks.extend(chosen(texts.blocks.iter().map(|(block, _)| block), &found));
        }
        Ok(Some(blocks))
    }

    async fn compacted_blocks(
        &self,
        look: &mut Look,
        pieces: &[((i64, Version), usize)],
        search: &Search,
        numbers: &[u16],
    ) -> Result<Option<Vec<Block>>, Problem> {
        let mut known: HashMap<(i64, Version), Arc<Vec<Block>>> = HashMap::new();
        let mut missing = Vec::new();
        for ((start, version), _) in pieces {
            match self.memory.get(&Known::Blocks(look.project, *start, *version)) {
                Some(blocks) => drop(known.insert((*start, *version), blocks)),
                None => missing.push((BLOCKS.to_owned(), *start, *version)),
            }
        }
        for body in bodies_of(&mut look.connection, look.project, Kind::Texts, &missing).await.told()? {
            let blocks = Arc::new(decode_blocks(&body.bytes).map_err(damaged)?);
            let bytes = blocks.len() * size_of::<Block>();
            self.memory.keep(Known::Blocks(look.project, body.period, body.version), blocks.clone(), bytes);
            known.insert((body.period, body.version), blocks);
        }
        let mut rows: HashMap<(i64, Version), Vec<Bits>> = HashMap::new();
        if !numbers.is_empty() {
            let told: Vec<Rows> = sqlx::query_as(
                "select period, tier, seq, \
                        array(select substring(body from n * ((rows + 7) / 8) + 1 for (rows + 7) / 8) \
                              from unnest($7::int[]) with ordinality as asked (n, place) order by place) \
                 from unnest($4::timestamptz[], $5::smallint[], $6::bigint[]) as wanted (period, tier, seq) \
                 join chunk using (period, tier, seq) where shard = $1 and project = $2 and kind = $3 and part = $8",
            )
            .bind(shard(look.project))
            .bind(look.project)
            .bind(Kind::Texts as i16)
            .bind(
                pieces
                    .iter()
                    .map(|((start, _), _)| DateTime::<Utc>::from_timestamp(*start, 0).unwrap_or_default())
                    .collect::<Vec<_>>(),
            )
            .bind(pieces.iter().map(|((_, version), _)| version.tier).collect::<Vec<_>>())
            .bind(pieces.iter().map(|((_, version), _)| version.seq).collect::<Vec<_>>())
            .bind(numbers.iter().map(|number| i32::from(*number)).collect::<Vec<_>>())
            .bind(MATRIX)
            .fetch_all(&mut *look.connection)
            .await
            .told()?;
            rows.extend(
                told.into_iter().map(|(period, tier, seq, rows)| ((period.timestamp(), Version { tier, seq }), rows)),
            );
        }
        let mut found = Vec::new();
        for (piece, count) in pieces {
            let Some(blocks) = known.get(piece).filter(|blocks| blocks.len() == *count) else { return Ok(None) };
            let rows = match rows.get(piece) {
                Some(rows) => rows.as_slice(),
                None if numbers.is_empty() => &[],
                None => return Ok(None),
            };
            let row = |number: u16| {
                numbers
                    .binary_search(&number)
                    .map_or_else(|_| vec![0xff; count.div_ceil(8)], |place| rows[place].clone())
            };
            found.extend(chosen(blocks.iter(), &candidates(search, *count, &row)));
        }
        Ok(Some(found))
    }
}

fn chosen<'a>(blocks: impl Iterator<Item = &'a Block>, bits: &Bits) -> Vec<Block> {
    let is_chosen = |place: usize| bits[place / 8] >> (place % 8) & 1 != 0;
    blocks.enumerate().filter(|(place, _)| is_chosen(*place)).map(|(_, block)| block.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::question::search::parse;

    /// Of eight blocks each says one word.
    fn found(search: &str) -> Vec<usize> {
        let words = ["apple", "banana", "cherry", "apple cherry", "date", "elder", "fig", "grape"];
        let row = |number: u16| {
            let mut bits = vec![0u8];
            for (place, word) in words.iter().enumerate() {
                bits[0] |= u8::from(threes(word).contains(&number)) << place;
            }
            bits
        };
        let bits = candidates(&parse(search).unwrap(), words.len(), &row);
        (0..8).filter(|place| bits[0] >> place & 1 != 0).collect()
    }

    #[test]
    fn blocks_are_left_out_only_where_they_cannot_fit() {
        assert_eq!(found("APPLE"), [0, 3]);
        assert_eq!(found("apple cherry"), [3]);
        assert_eq!(found("banana OR elder"), [1, 5]);
        assert_eq!(found("nothing"), [] as [usize; 0]);
        // Too short, negated, of an attribute: any block may fit.
        for open in ["fi", "NOT apple", "user:7", ""] {
            assert_eq!(found(open).len(), 8, "{open}");
        }
        assert_eq!(found("apple NOT cherry"), [0, 3]);
    }

    #[test]
    fn ranges_of_neighbours_are_one() {
        let block = |first: i64, last: i64| Block { first, last, records: 1, from: first, to: last };
        let blocks = Blocks::new(vec![block(9 << 20, (9 << 20) + 5), block(1, 5), block(6, 9)]);
        let mut query = QueryBuilder::new("");
        blocks.all().push(&mut query);
        assert_eq!(query.sql().as_str().matches("seq between").count(), 2);
        let sizes: Vec<(usize, Option<i64>)> =
            blocks.groups(1, 4).map(|group| (group.blocks.len(), group.older)).collect();
        assert_eq!(sizes, [(1, Some(9)), (2, None)]);
    }

    #[test]
    fn blocks_that_may_share_a_record_are_asked_for_together() {
        const DAY_MICROS: i64 = DAY * 1_000_000;
        let block = |first: i64, last: i64, from: i64, to: i64| Block { first, last, records: 1, from, to };
        let sizes = |blocks: Vec<Block>| -> Vec<usize> {
            Blocks::new(blocks).groups(1, 1).map(|group| group.blocks.len()).collect()
        };
        // A batch that came late lies within a block; another day of the same batch does not.
        assert_eq!(sizes(vec![block(1, 9, 0, 50), block(20, 30, 60, 70), block(5, 6, 40, 45)]), [1, 2]);
        assert_eq!(sizes(vec![block(1, 9, 0, 50), block(1, 9, DAY_MICROS, DAY_MICROS + 50)]), [1, 1]);
        // Two that have nothing in common are joined by a third.
        assert_eq!(sizes(vec![block(1, 3, 0, 9), block(5, 9, 0, 9), block(2, 6, 0, 9)]), [3]);
    }
}
