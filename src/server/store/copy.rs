//! The binary form of COPY: what a row costs to store is mostly what it costs to encode.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

/// Microseconds from 1970 to Postgres' own epoch, 2000-01-01.
pub(super) const EPOCH: i64 = 946_684_800_000_000;

/// The same day, counted from the first of the common era.
const EPOCH_DAY: i32 = 730_120;

pub struct CopyBuffer {
    bytes: Vec<u8>,
    rows: usize,
}

impl Default for CopyBuffer {
    fn default() -> Self {
        let mut bytes = Vec::with_capacity(64 * 1024);
        bytes.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        bytes.extend_from_slice(&[0; 8]);
        CopyBuffer { bytes, rows: 0 }
    }
}

impl CopyBuffer {
    pub fn row(&mut self, columns: i16) {
        self.bytes.extend_from_slice(&columns.to_be_bytes());
        self.rows += 1;
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&(-1i16).to_be_bytes());
        self.bytes
    }

    fn field(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    pub fn null(&mut self) {
        self.bytes.extend_from_slice(&(-1i32).to_be_bytes());
    }

    pub fn int2(&mut self, value: i16) {
        self.field(&value.to_be_bytes());
    }

    pub fn int4(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    pub fn int8(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub fn real(&mut self, value: f32) {
        self.field(&value.to_be_bytes());
    }

    pub fn double(&mut self, value: f64) {
        self.field(&value.to_be_bytes());
    }

    pub fn boolean(&mut self, value: bool) {
        self.field(&[u8::from(value)]);
    }

    pub fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    pub fn uuid(&mut self, value: Uuid) {
        self.field(value.as_bytes());
    }

    pub fn time(&mut self, value: DateTime<Utc>) {
        self.int8(value.timestamp_micros() - EPOCH);
    }

    pub fn date(&mut self, value: NaiveDate) {
        self.int4(value.num_days_from_ce() - EPOCH_DAY);
    }

    /// JSON text into a `jsonb` column.
    pub fn jsonb(&mut self, json: &str) {
        self.bytes.extend_from_slice(&(json.len() as i32 + 1).to_be_bytes());
        self.bytes.push(1);
        self.bytes.extend_from_slice(json.as_bytes());
    }

    pub fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    pub fn optional_text(&mut self, value: &Option<String>) {
        self.optional(value.as_deref(), CopyBuffer::text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_count_from_the_same_midnight() {
        let day = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        assert_eq!(day.num_days_from_ce(), EPOCH_DAY);
        assert_eq!(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros(), EPOCH);
    }
}
