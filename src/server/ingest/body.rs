//! Bodies: limited before and after decompression, and never more in memory than the budget allows.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::{Bytes, BytesMut};
use flate2::bufread::{GzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use parallax_domain::{Kind, Problem};
use std::io::{BufReader, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a door takes (contract rule P2).
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub compressed: usize,
    pub plain: usize,
    pub records: usize,
}

impl Limits {
    pub const SERVER: Limits = Limits { compressed: 8 << 20, plain: 20 << 20, records: 10_000 };
    pub const BROWSER: Limits = Limits { compressed: 4 << 20, plain: 4 << 20, records: 10_000 };
}

/// A body in memory; its share of the budget is given back when it is dropped.
pub struct Taken {
    pub bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

/// Memory for bodies and their records, in KiB.
#[derive(Clone)]
pub struct Budget(Arc<Semaphore>);

impl Budget {
    pub fn of_mebibytes(mebibytes: u64) -> Budget {
        let kibibytes = (mebibytes * 1024).min(u64::from(u32::MAX) / 2);
        Budget(Arc::new(Semaphore::new(kibibytes as usize)))
    }

    async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let kibibytes = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        let full = || Problem::unavailable("The server has too much in hand right now.");
        match tokio::time::timeout(Duration::from_millis(100), self.0.clone().acquire_many_owned(kibibytes)).await {
            Ok(Ok(share)) => Ok(share),
            _ => Err(full()),
        }
    }
}

/// Reads and unpacks a body.
pub async fn read(headers: &HeaderMap, body: Body, limits: Limits, budget: &Budget) -> Result<Taken, Problem> {
    let too_large =
        |limit: usize| Problem::new(Kind::TooLarge, format!("At most {} MiB may be sent at once.", limit >> 20));
    let told: Option<usize> = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if told.is_some_and(|length| length > limits.compressed) {
        return Err(too_large(limits.compressed));
    }
    // Decoded records take about four times the body.
    let mut share = budget.take(told.unwrap_or(256 << 10) * 4).await?;
    let mut reserved = told.unwrap_or(256 << 10);
    let mut packed = BytesMut::with_capacity(told.unwrap_or(16 << 10).min(limits.compressed));
    let mut body = body;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let frame = match tokio::time::timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(Problem::malformed("The body took longer than 30 seconds.")),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Problem::malformed("The body ended early.")),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if packed.len() + data.len() > limits.compressed {
            return Err(too_large(limits.compressed));
        }
        packed.extend_from_slice(&data);
        if packed.len() > reserved {
            share.merge(budget.take(packed.len() * 4).await?);
            reserved += packed.len();
        }
    }
    let packed = packed.freeze();
    let bytes = match coding(headers, &packed)? {
        Coding::Plain => packed,
        coding => {
            let plain = tokio::task::block_in_place(|| unpack(&packed, coding, limits.plain))?;
            if plain.len() > reserved {
                share.merge(budget.take((plain.len() - reserved) * 4).await?);
            }
            plain
        }
    };
    if bytes.len() > limits.plain {
        return Err(too_large(limits.plain));
    }
    Ok(Taken { bytes, _share: share })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Plain,
    Gzip,
    Deflate,
    Zstd,
}

/// By the header, and by the first bytes: some browsers' scripts send gzip as plain text.
fn coding(headers: &HeaderMap, packed: &[u8]) -> Result<Coding, Problem> {
    let told = headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
    match told.as_deref() {
        Some("gzip" | "x-gzip") => Ok(Coding::Gzip),
        Some("deflate" | "zlib") => Ok(Coding::Deflate),
        Some("zstd") => Ok(Coding::Zstd),
        None | Some("" | "identity") if packed.starts_with(&[0x1f, 0x8b]) => Ok(Coding::Gzip),
        None | Some("" | "identity") => Ok(Coding::Plain),
        Some(_) => Err(Problem::new(Kind::Unsupported, "Content-Encoding may be gzip, deflate, zstd or none.")),
    }
}

fn unpack(packed: &[u8], coding: Coding, limit: usize) -> Result<Bytes, Problem> {
    let broken = |_| Problem::malformed("The body is not what its Content-Encoding says.");
    let mut plain = Vec::with_capacity((packed.len() * 4).min(limit));
    let mut take = |reader: &mut dyn Read| reader.take(limit as u64 + 1).read_to_end(&mut plain).map_err(broken);
    match coding {
        Coding::Plain => return Ok(Bytes::copy_from_slice(packed)),
        Coding::Gzip => take(&mut flate2::bufread::MultiGzDecoder::new(BufReader::new(packed)))?,
        Coding::Deflate => take(&mut ZlibDecoder::new(BufReader::new(packed)))?,
        Coding::Zstd => take(&mut zstd::stream::read::Decoder::new(packed).map_err(broken)?)?,
    };
    if plain.len() > limit {
        return Err(Problem::new(Kind::TooLarge, format!("Unpacked, the body is larger than {} MiB.", limit >> 20)));
    }
    // A second layer of the same kind is an attempt to get around the limit.
    if plain.starts_with(&[0x1f, 0x8b]) {
        let mut probe = [0u8; 1];
        if GzDecoder::new(BufReader::new(plain.as_slice())).read(&mut probe).is_ok() {
            return Err(Problem::new(Kind::Unsupported, "The body is packed twice."));
        }
    }
    Ok(Bytes::from(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn sixty_four_mebibytes_of_zeros_are_too_large() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 128 << 10);
        assert_eq!(unpack(&bomb, Coding::Gzip, 20 << 20).unwrap_err().kind, Kind::TooLarge);
    }

    #[test]
    fn a_truncated_body_is_malformed() {
        let packed = gzip(b"some telemetry that is long enough to be cut");
        assert_eq!(unpack(&packed[..packed.len() - 6], Coding::Gzip, 1 << 20).unwrap_err().kind, Kind::Invalid);
        assert_eq!(unpack(b"\x1f\x8bnonsense", Coding::Gzip, 1 << 20).unwrap_err().kind, Kind::Invalid);
    }

    #[test]
    fn gzip_inside_gzip_is_refused() {
        let twice = gzip(&gzip(b"telemetry"));
        assert_eq!(unpack(&twice, Coding::Gzip, 1 << 20).unwrap_err().kind, Kind::Unsupported);
    }

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        let headers = HeaderMap::new();
        assert!(coding(&headers, &gzip(b"x")).unwrap() == Coding::Gzip);
        assert!(coding(&headers, b"{}").unwrap() == Coding::Plain);
    }
}
