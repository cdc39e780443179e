//! Text of any encoding as UTF-8, byte for byte as it is read, and never with replacement characters.

use std::io::{self, Read};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// Bytes that are no text in the file's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not {encoding}")]
pub(super) struct Malformed {
    /// From 1.
    pub(super) line: u64,
    pub(super) encoding: &'static str,
}

/// Reads `source` and gives UTF-8, without a byte order mark.
pub(super) struct Utf8Reader<R> {
    source: R,
    decoder: Decoder,
    raw: Box<[u8]>,
    /// `raw[pending]` is read and not decoded.
    pending: Range<usize>,
    source_ended: bool,
    decoded: Box<[u8]>,
    /// `decoded[..filled]` is the current piece, of which `given` bytes are given out.
    filled: usize,
    given: usize,
    /// Offset of the current piece in the decoded text.
    piece_from: u64,
    line: u64,
    state: State,
    told_end: bool,
}

/// What comes after the current piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    More,
    End,
    Malformed,
}

const BUFFER_BYTES: usize = 16 * 1024;

impl<R: Read> Utf8Reader<R> {
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Self {
        Self {
            source,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; BUFFER_BYTES].into(),
            pending: 0..0,
            source_ended: false,
            decoded: vec![0; BUFFER_BYTES].into(),
            filled: 0,
            given: 0,
            piece_from: 0,
            line: 1,
            state: State::More,
            told_end: false,
        }
    }

    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// Whether somebody has asked for more than there is.
    pub(super) fn ended(&self) -> bool {
        self.told_end
    }

    /// A byte of the piece that was given out last.
    pub(super) fn byte_at(&self, offset: u64) -> Option<u8> {
        let at = usize::try_from(offset.checked_sub(self.piece_from)?).ok()?;
        self.decoded[..self.filled].get(at).copied()
    }

    /// Decodes the next piece. An empty one is never put in the place of the current one.
    fn decode(&mut self) -> io::Result<()> {
        while self.state == State::More && self.given == self.filled {
            if self.pending.is_empty() && !self.source_ended {
                let read = self.source.read(&mut self.raw)?;
                self.pending = 0..read;
                self.source_ended = read == 0;
            }
            let input = &self.raw[self.pending.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(input, &mut self.decoded, self.source_ended);
            self.pending.start += read;
            self.state = match result {
                DecoderResult::InputEmpty if self.source_ended => State::End,
                DecoderResult::InputEmpty | DecoderResult::OutputFull => State::More,
                DecoderResult::Malformed(_, _) => State::Malformed,
            };
            if written > 0 {
                self.piece_from += self.filled as u64;
                (self.filled, self.given) = (written, 0);
                let breaks = self.decoded[..written].iter().filter(|&&b| b == b'\n').count();
                self.line += breaks as u64;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.decode()?;
        let ready = &self.decoded[self.given..self.filled];
        if ready.is_empty() && self.state == State::Malformed {
            let encoding = self.decoder.encoding().name();
            return Err(io::Error::new(io::ErrorKind::InvalidData, Malformed { line: self.line, encoding }));
        }
        let length = ready.len().min(out.len());
        out[..length].copy_from_slice(&ready[..length]);
        self.given += length;
        self.told_end = length == 0 && !out.is_empty();
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte per call: every state between two bytes is passed through.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            out[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn decoded(bytes: &[u8], encoding: &str) -> Result<String, String> {
        let encoding = Encoding::for_label(encoding.as_bytes()).expect("a known encoding");
        let read = |mut reader: Box<dyn Read + '_>| {
            let mut text = Vec::new();
            reader.read_to_end(&mut text).map_err(|e| e.to_string()).map(|_| text)
        };
        let whole = read(Box::new(Utf8Reader::new(bytes, encoding)));
        let trickled = read(Box::new(Utf8Reader::new(Trickle(bytes), encoding)));
        assert_eq!(whole, trickled);
        whole.map(|text| String::from_utf8(text).expect("UTF-8"))
    }

    #[test]
    fn encodings() {
        let long = "班".repeat(20_000);
        let (gb_long, _, _) = encoding_rs::GB18030.encode(&long);
        let cases: [(&[u8], &str, Result<&str, &str>); 9] = [
            (b"", "utf-8", Ok("")),
            ("天气,1\n".as_bytes(), "utf-8", Ok("天气,1\n")),
            (b"\xef\xbb\xbfa,b", "utf-8", Ok("a,b")),
            (b"\xcc\xec\xc6\xf8,1\r\n", "gb18030", Ok("天气,1\r\n")),
            (b"\x81\x30\x81\x30", "gb18030", Ok("\u{80}")),
            (b"caf\xe9", "latin1", Ok("café")),
            (b"a\nb\n\xff", "utf-8", Err("line 3 is not UTF-8")),
            (b"a\nb\xcc", "gbk", Err("line 2 is not GBK")),
            (&gb_long, "gb18030", Ok(&long)),
        ];
        for (bytes, encoding, expected) in cases {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(decoded(bytes, encoding), expected, "{encoding}");
        }
    }
}
