//! One connection to the broker, that can be cut at any moment and never makes anybody wait for ever.

use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, Stream, StreamExt};
use lapin::tcp::AsyncTcpStream;
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind, Event};
use tokio::time::timeout;

use super::limits::{CALL_MAX, CLOSE_MAX};
use super::settings::Endpoint;
use super::state::Half;

/// Why a connection is of no use any more, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    reason: String,
    /// The broker's reply code, if it gave one.
    code: Option<u16>,
    /// The broker was there and took nothing.
    blocked: bool,
}

impl Failure {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), code: None, blocked: false }
    }

    pub(super) fn of(operation: &str, error: &lapin::Error) -> Self {
        let (cause, code) = if let ErrorKind::ProtocolError(error) = error.kind() {
            (format!("{} {}", error.get_id(), error.get_message()), Some(error.get_id()))
        } else {
            (error.to_string(), None)
        };
        Self { reason: format!("failed to {operation}: {cause}"), code, blocked: false }
    }

    fn slow(operation: &str) -> Self {
        Self::new(format!("the broker did not {operation} within {} s", CALL_MAX.as_secs()))
    }

    pub(super) const fn blocked(reason: String) -> Self {
        Self { reason, code: None, blocked: true }
    }

    /// How the connection is after it.
    pub(super) fn half(&self) -> Half {
        let reason = self.reason.clone();
        if self.blocked { Half::Blocked(reason) } else { Half::Down(reason) }
    }

    /// The thing asked for is not there.
    pub(super) const fn is_not_found(&self) -> bool {
        matches!(self.code, Some(404))
    }

    /// The broker closed the channel, not the connection.
    pub(super) const fn is_refusal(&self) -> bool {
        matches!(self.code, Some(403..=406))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Waits for the broker's answer, but not for ever.
pub(super) async fn call<T>(
    operation: &str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, Failure> {
    match timeout(CALL_MAX, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Failure::of(operation, &error)),
        Err(_) => Err(Failure::slow(operation)),
    }
}

/// A connection. Dropping it cuts it.
pub(super) struct Wire {
    connection: Option<Arc<Connection>>,
    cut: Cut,
}

impl Wire {
    /// Connects and logs in. `name` is how the broker's tools show the connection.
    pub(super) async fn connect(endpoint: &Endpoint, name: String) -> Result<Self, Failure> {
        let uri = endpoint.with_password().map_err(|error| Failure::new(error.to_string()))?;
        let tls = Arc::new(endpoint.tls().map_err(|error| Failure::new(error.to_string()))?);
        let runtime = lapin::runtime::default_runtime().map_err(|error| Failure::of("connect", &error))?;
        let cut = Cut::default();
        let (socket_of, encrypted, address) = (cut.clone(), endpoint.is_encrypted(), endpoint.address());
        // Our own steps instead of the library's, which writes the URL with the password to its trace, and has no time-out.
        let reactor = runtime.clone();
        let dial = async move |_, _| {
            let addresses: Vec<_> = tokio::net::lookup_host(address.clone()).await?.collect();
            let stream = AsyncTcpStream::connect(&reactor, addresses);
            let stream = timeout(CALL_MAX, stream).await.map_err(std::io::Error::from)??;
            if let AsyncTcpStream::Plain(socket) = &stream {
                socket_of.keep(TcpStream::from(socket.get_ref().as_fd().try_clone_to_owned()?));
            }
            let stream =
                if encrypted { stream.into_tls(&address.0, tls.as_ref().as_ref()).await? } else { stream };
            Ok(stream)
        };
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        // Dropped, and so cut, when the time is over: the library's thread would wait for the rest of the handshake for ever.
        let mut wire = Self { connection: None, cut };
        let connection = call("connect", Connection::connector(uri, runtime, dial, properties)).await?;
        wire.connection = Some(Arc::new(connection));
        Ok(wire)
    }

    pub(super) async fn channel(&self) -> Result<Channel, Failure> {
        self.new_channel().await
    }

    /// The same for later: it does not hold the connection.
    pub(super) fn new_channel(&self) -> impl Future<Output = Result<Channel, Failure>> + Send + use<> {
        let connection = self.connection.as_ref().map(Arc::downgrade);
        async move {
            let connection = connection.and_then(|connection| connection.upgrade());
            let connection = connection.ok_or_else(|| Failure::new("the connection is closed"))?;
            call("open a channel", connection.create_channel()).await
        }
    }

    /// What the broker says about the connection itself, and how it ends.
    pub(super) fn events(&self) -> impl Stream<Item = Event> + Send {
        stream::iter(self.connection.as_ref().map(|connection| connection.events_listener())).flatten()
    }

    /// Says goodbye, so that everything sent before is taken; cuts the connection if there is no answer.
    pub(super) async fn close(mut self) {
        let Some(connection) = self.connection.take() else { return };
        // Whatever it says, the connection is gone afterwards.
        let _ = timeout(CLOSE_MAX, connection.close(200, "done".into())).await;
        self.cut.cut();
        // Its thread uses the runtime that is about to end.
        if let Some(connection) = Arc::into_inner(connection) {
            let ended = tokio::task::spawn_blocking(move || connection.run());
            let _ = timeout(CLOSE_MAX, ended).await;
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut.cut();
    }
}

/// The other end of the socket that a library's thread reads: shut down, it ends the thread at once, whatever that waits for. A
/// blocked or frozen broker would keep it otherwise.
#[derive(Clone, Default)]
struct Cut {
    socket: Arc<Mutex<Option<TcpStream>>>,
}

impl Cut {
    fn keep(&self, socket: TcpStream) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket);
    }

    fn cut(&self) {
        if let Some(socket) = self.socket.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // The broker may have closed it already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}
