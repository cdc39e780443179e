//! The bytes of a data file, as it is delivered and as it is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::task::hex::hex;

/// A file that is decompressed if its name says so.
pub(super) enum Source {
    Plain(Delivered),
    Gzip(Box<MultiGzDecoder<Delivered>>),
}

/// A file as it is delivered.
pub(super) struct Delivered {
    file: File,
    bytes: u64,
    /// Of what was read so far; absent if nobody asks for it.
    hash: Option<Sha256>,
}

/// Size and checksum of a file as it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Source {
    /// Opens the file. `hashed`: what is read will be compared with what was announced.
    pub(super) fn open(path: &Path, hashed: bool) -> io::Result<Self> {
        let delivered = Delivered::open(path, hashed)?;
        let compressed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        Ok(if compressed {
            Self::Gzip(Box::new(MultiGzDecoder::new(delivered)))
        } else {
            Self::Plain(delivered)
        })
    }

    /// What the file was, when it has been read to its end; `None` if nobody wanted to know.
    pub(super) fn content(self) -> io::Result<Option<Content>> {
        match self {
            Self::Plain(delivered) => delivered.content(),
            Self::Gzip(decoder) => decoder.into_inner().content(),
        }
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(delivered) => delivered.read(out),
            Self::Gzip(decoder) => decoder.read(out),
        }
    }
}

impl Delivered {
    pub(super) fn open(path: &Path, hashed: bool) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, bytes: 0, hash: hashed.then(Sha256::new) })
    }

    /// Reads what is left, and says what the file was.
    pub(super) fn content(mut self) -> io::Result<Option<Content>> {
        let mut buffer = vec![0; 64 * 1024];
        while self.hash.is_some() && self.read(&mut buffer)? > 0 {}
        let Self { bytes, hash, .. } = self;
        Ok(hash.map(|hash| Content { bytes, sha256: hex(&hash.finalize()) }))
    }
}

impl Read for Delivered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(out)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&out[..length]);
        }
        self.bytes += length as u64;
        Ok(length)
    }
}
