//! The keeper's end of the socket: lines in and out, never waiting.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// An agent that reads so little that this much waits for it has stopped; it finds everything in the next hello.
const UNREAD_MAX: usize = 64 * 1024 * 1024;
/// No line is longer: a spec or script of the bus's largest message, with room for its escapes.
const LINE_MAX: usize = 64 * 1024 * 1024;

/// One connected agent.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    received: Vec<u8>,
    unsent: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream, received: Vec::new(), unsent: Vec::new() })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Whether something waits for the agent to read.
    pub(super) fn wants_to_write(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// All whole messages that have arrived.
    ///
    /// # Errors
    /// The connection is over, or what arrived is no message.
    pub(super) fn receive<M: DeserializeOwned>(&mut self) -> io::Result<Vec<M>> {
        let mut buffer = [0; 64 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.received.extend_from_slice(&buffer[..read]);
                    if read < buffer.len() {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.whole_lines()
    }

    fn whole_lines<M: DeserializeOwned>(&mut self) -> io::Result<Vec<M>> {
        let Some(last) = memchr::memrchr(b'\n', &self.received) else {
            let too_long = self.received.len() > LINE_MAX;
            return if too_long { Err(io::ErrorKind::InvalidData.into()) } else { Ok(Vec::new()) };
        };
        let messages: Result<Vec<M>, _> =
            serde_json::Deserializer::from_slice(&self.received[..last]).into_iter().collect();
        self.received.drain(..=last);
        Ok(messages?)
    }

    /// Sends a message, or keeps it until the agent reads.
    ///
    /// # Errors
    /// The connection is over.
    pub(super) fn send<M: Serialize>(&mut self, messages: &[M]) -> io::Result<()> {
        for message in messages {
            serde_json::to_writer(&mut self.unsent, message)?;
            self.unsent.push(b'\n');
        }
        self.flush()
    }

    /// Writes what waits, as far as it goes.
    ///
    /// # Errors
    /// The connection is over, or the agent does not read.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.unsent.len() > UNREAD_MAX { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}
