//! The binary form of COPY, read: rows as they come, without the cost of decoding what nobody asks for.

use super::copy::EPOCH;
use anyhow::{Context, bail};

/// Signature, flags and the length of an extension that there is none of.
const HEADER: usize = 19;

/// Puts rows together from the pieces in which they arrive.
#[derive(Default)]
pub struct CopyParser {
    rest: Vec<u8>,
    begun: bool,
}

impl CopyParser {
    /// Shows every row that is complete now.
    pub fn take(
        &mut self,
        bytes: &[u8],
        mut show: impl FnMut(CopyFields<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.rest.extend_from_slice(bytes);
        let mut at = 0;
        if !self.begun {
            if self.rest.len() < HEADER {
                return Ok(());
            }
            (self.begun, at) = (true, HEADER);
        }
        while let Some(length) = length(&self.rest[at..])? {
            if length > 2 {
                show(CopyFields { rest: &self.rest[at + 2..at + length] })?;
            }
            at += length;
        }
        self.rest.drain(..at);
        Ok(())
    }
}

/// Bytes of the row that begins here; none while it is not complete.
fn length(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(count) = bytes.first_chunk().map(|count| i16::from_be_bytes(*count)) else { return Ok(None) };
    let mut at = 2;
    // -1 is the end.
    for _ in 0..count.max(0) {
        let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk).map(|length| i32::from_be_bytes(*length))
        else {
            return Ok(None);
        };
        at += 4 + usize::try_from(length.max(0))?;
    }
    Ok((at <= bytes.len()).then_some(at))
}

/// Fields of one row, one after the other; a missing value is none.
pub struct CopyFields<'a> {
    rest: &'a [u8],
}

impl<'a> CopyFields<'a> {
    fn field(&mut self) -> anyhow::Result<Option<&'a [u8]>> {
        let (length, rest) = self.rest.split_first_chunk().context("a copied row ends early")?;
        let length = i32::from_be_bytes(*length);
        let Ok(length) = usize::try_from(length) else {
            self.rest = rest;
            return Ok(None);
        };
        let (field, rest) = rest.split_at_checked(length).context("a copied row ends early")?;
        self.rest = rest;
        Ok(Some(field))
    }

    fn fixed<const N: usize>(&mut self) -> anyhow::Result<Option<[u8; N]>> {
        self.field()?.map(|field| field.try_into().context("a copied field has another length")).transpose()
    }

    pub fn int2(&mut self) -> anyhow::Result<Option<i16>> {
        Ok(self.fixed()?.map(i16::from_be_bytes))
    }

    pub fn int4(&mut self) -> anyhow::Result<Option<i32>> {
        Ok(self.fixed()?.map(i32::from_be_bytes))
    }

    pub fn int8(&mut self) -> anyhow::Result<Option<i64>> {
        Ok(self.fixed()?.map(i64::from_be_bytes))
    }

    pub fn real(&mut self) -> anyhow::Result<Option<f32>> {
        Ok(self.fixed()?.map(f32::from_be_bytes))
    }

    pub fn double(&mut self) -> anyhow::Result<Option<f64>> {
        Ok(self.fixed()?.map(f64::from_be_bytes))
    }

    pub fn boolean(&mut self) -> anyhow::Result<Option<bool>> {
        Ok(self.fixed::<1>()?.map(|byte| byte[0] != 0))
    }

    pub fn text(&mut self) -> anyhow::Result<Option<&'a str>> {
        self.field()?.map(|field| std::str::from_utf8(field).context("a copied text")).transpose()
    }

    /// A time in microseconds since 1970.
    pub fn micros(&mut self) -> anyhow::Result<Option<i64>> {
        Ok(self.int8()?.map(|micros| micros.saturating_add(EPOCH)))
    }

    /// The text of a `jsonb`.
    pub fn json(&mut self) -> anyhow::Result<Option<&'a str>> {
        let Some(field) = self.field()? else { return Ok(None) };
        match field.split_first() {
            Some((1, json)) => Ok(Some(std::str::from_utf8(json)?)),
            _ => bail!("a copied jsonb of another version"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::copy::CopyBuffer;
    use super::*;

    #[test]
    fn rows_come_back_however_they_are_cut() {
        let mut buffer = CopyBuffer::default();
        let time = "2026-01-15T12:00:00.5Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        for number in 0..50i64 {
            buffer.row(5);
            buffer.int8(number);
            buffer.text("wörter");
            buffer.null();
            buffer.jsonb("{\"a\":1}");
            buffer.time(time);
        }
        let bytes = buffer.finish();
        for size in [1, 7, 64, bytes.len()] {
            let mut parser = CopyParser::default();
            let mut seen = 0;
            for piece in bytes.chunks(size) {
                let show = |mut row: CopyFields<'_>| {
                    assert_eq!(row.int8()?, Some(seen));
                    assert_eq!(row.text()?, Some("wörter"));
                    assert_eq!(row.int4()?, None);
                    assert_eq!(row.json()?, Some("{\"a\":1}"));
                    assert_eq!(row.micros()?, Some(time.timestamp_micros()));
                    assert!(row.text().is_err(), "there is no more");
                    seen += 1;
                    Ok(())
                };
                parser.take(piece, show).unwrap();
            }
            assert_eq!(seen, 50);
        }
    }
}
