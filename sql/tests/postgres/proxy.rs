//! What stands between a store and its server, and cuts the connection around a COMMIT.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// `COMMIT` as a simple query.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// When the next COMMIT's connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server never sees it.
    Before,
    /// The server has it, and nobody waits for what it does.
    After,
    /// The server has answered, and the answer goes nowhere.
    Answered,
}

/// Listens until it is dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    next: Arc<Mutex<Option<Cut>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("listens");
        let port = listener.local_addr().expect("an address").port();
        let next = Arc::new(Mutex::new(None));
        let cuts = Arc::clone(&next);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("accepts");
                let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server));
                tokio::spawn(pass(client, server, Arc::clone(&cuts)));
            }
        });
        Self { port, next, task }
    }

    /// Cuts at the next COMMIT, once.
    pub(crate) fn cut(&self, cut: Cut) {
        *self.next.lock().expect("no panic") = Some(cut);
    }

    /// Whether it has cut.
    pub(crate) fn has_cut(&self) -> bool {
        self.next.lock().expect("no panic").is_none()
    }
}

/// Passes everything on, until one side ends or it is time to cut: then both ends are dropped.
async fn pass(mut client: TcpStream, server: SocketAddr, cuts: Arc<Mutex<Option<Cut>>>) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(bytes @ 1..) = read else { return };
                let asked = &asked[..bytes];
                // The store waits for every answer, so that a COMMIT comes alone.
                let cut = (asked == COMMIT).then(|| cuts.lock().expect("no panic").take()).flatten();
                if cut == Some(Cut::Before) || server.write_all(asked).await.is_err() {
                    return;
                }
                if cut == Some(Cut::Answered) {
                    let _ = server.read(&mut answered).await;
                }
                if cut.is_some() {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(bytes @ 1..) = read else { return };
                if client.write_all(&answered[..bytes]).await.is_err() {
                    return;
                }
            }
        }
    }
}
