//! The server of a test: there, durable, frozen, back, gone.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use daybreak_servers::postgres::PostgresServer;

/// Asks for an encrypted connection, which every server answers with one byte.
fn answers(port: u16) -> io::Result<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer[0])
}

#[test]
fn it_starts_stops_freezes_and_goes() {
    let mut server = PostgresServer::start().expect("starts");
    let (port, data) = (server.port(), server.data());
    assert_eq!(answers(port).expect("answers"), b'N');
    server.freeze().expect("freezes");
    let error = answers(port).expect_err("frozen");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "the connection is taken, and nothing answers");
    server.thaw().expect("thaws");
    assert_eq!(answers(port).expect("answers"), b'N');
    for stop in [PostgresServer::stop_immediately, PostgresServer::stop_fast] {
        stop(&mut server).expect("stops");
        assert!(answers(port).is_err(), "gone");
        assert!(stop(&mut server).is_err(), "there is nothing to stop");
        server.start_again().expect("starts on the same data");
        assert_eq!(answers(port).expect("answers"), b'N');
    }
    assert!(server.start_again().is_err(), "it runs");
    assert!(server.log().contains("automatic recovery"), "{}", server.log());
    drop(server);
    assert!(answers(port).is_err());
    assert!(!data.exists());
    let error = PostgresServer::start_with("no_such_setting = 1").expect_err("a wrong setting");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}
