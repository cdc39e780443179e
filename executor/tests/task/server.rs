//! A web server on loopback that gives prepared answers, one connection each, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What the server does with one connection.
pub(crate) enum Answer {
    /// Sends this and closes.
    Bytes(Vec<u8>),
    /// Sends this, and then waits until the client hangs up.
    Stalled(Vec<u8>),
    /// Reads the request, and then waits until the client hangs up.
    Silence,
}

impl Answer {
    pub(crate) fn new(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for (name, value) in headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        bytes.push_str("\r\n");
        Self::Bytes([bytes.as_bytes(), body].concat())
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: JoinHandle<Vec<String>>,
}

impl Server {
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = std::thread::spawn(move || {
            answers.into_iter().map(|answer| serve(&listener.accept().expect("a client").0, answer)).collect()
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests, after as many as there were answers.
    pub(crate) fn requests(self) -> Vec<String> {
        self.requests.join().expect("a server that ran to its end")
    }
}

fn serve(mut stream: &TcpStream, answer: Answer) -> String {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let mut length = 0;
    loop {
        let start = request.len();
        reader.read_line(&mut request).expect("a request line");
        let line = request[start..].trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body");
    request.push_str(&String::from_utf8(body).expect("text"));
    match answer {
        Answer::Bytes(bytes) => stream.write_all(&bytes).expect("a client that listens"),
        Answer::Stalled(bytes) => {
            stream.write_all(&bytes).expect("a client that listens");
            let _ = reader.read(&mut [0]);
        }
        Answer::Silence => {
            let _ = reader.read(&mut [0]);
        }
    }
    request
}
