//! Values as `COPY` reads and writes them: <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.55.9.2>.

use super::text;

/// Nothing.
pub(crate) const NULL: &[u8] = b"\\N";

/// Adds a text, exactly as the server would write it.
pub(crate) fn push(line: &mut Vec<u8>, text: &str) {
    for byte in text::stored(text).bytes() {
        let escaped = match byte {
            b'\\' => b'\\',
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            byte => {
                line.push(byte);
                continue;
            }
        };
        line.extend_from_slice(&[b'\\', escaped]);
    }
}
