//! The server of a test: there, durable, frozen, back, gone.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use daybreak_servers::postgres::PostgresServer;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

/// Asks for an encrypted connection, which every server answers with one byte.
fn answers(port: u16) -> io::Result<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(answer[0])
}

/// Set for the process that is to be killed.
const VICTIM: &str = "POSTGRES_TEST_VICTIM";

/// Also a frozen one, and also when nothing of the test runs any more.
#[test]
fn it_ends_with_a_test_that_is_killed() {
    if std::env::var_os(VICTIM).is_some() {
        let server = PostgresServer::start().expect("starts");
        server.freeze().expect("freezes");
        println!("data {}", server.data().display());
        // Until it is killed.
        let _ = io::stdin().read(&mut [0]);
        return;
    }
    let mut victim = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "it_ends_with_a_test_that_is_killed", "--nocapture"])
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let lines = BufReader::new(victim.stdout.take().expect("piped")).lines();
    let mut data =
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("data ").map(PathBuf::from));
    let data = data.next().expect("it says where");
    let pid = std::fs::read_to_string(data.join("postmaster.pid")).expect("its number");
    let process = PathBuf::from("/proc").join(pid.lines().next().expect("its number"));
    assert!(process.exists());
    let events = init(CreateFlags::CLOEXEC).expect("inotify");
    let dir = data.parent().expect("a folder");
    add_watch(&events, dir, WatchFlags::DELETE_SELF).expect("watches");
    victim.kill().expect("kills");
    victim.wait().expect("ends");
    let patience = Timespec::try_from(Duration::from_secs(60)).expect("a time");
    let mut watched = [PollFd::new(&events, PollFlags::IN)];
    assert_eq!(poll(&mut watched, Some(&patience)).expect("waits"), 1, "the server outlived its test");
    assert!(!process.exists() && !dir.exists());
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
