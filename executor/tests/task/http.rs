//! `http`: requests, expected statuses, redirects, time-outs, masked logs.

use std::collections::BTreeMap;

use daybreak_executor::task::TaskExit;
use daybreak_flows::task::{Http, Task};
use daybreak_flows::time::Span;

use crate::server::{Answer, Server};
use crate::site::{Ran, Site};

fn get(url: &str) -> Http {
    Http {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        body: None,
        expect: Vec::new(),
    }
}

fn run(http: Http) -> Ran {
    Site::new("").run(Task::Http(http))
}

fn succeed(http: Http) -> String {
    let ran = run(http);
    assert_eq!(ran.result.exit, TaskExit::Success, "{}", ran.log);
    assert_eq!(ran.result.rows, None);
    ran.log
}

#[test]
fn methods_headers_and_bodies_arrive() {
    let cases = [
        ("get", None, "GET /x?y=1 HTTP/1.1\r\n", ""),
        ("GET", Some("{}"), "GET /x?y=1 HTTP/1.1\r\n", "{}"),
        ("POST", Some("{\"a\":\"天\"}"), "POST /x?y=1 HTTP/1.1\r\n", "{\"a\":\"天\"}"),
        ("POST", None, "POST /x?y=1 HTTP/1.1\r\n", ""),
        ("PUT", Some(""), "PUT /x?y=1 HTTP/1.1\r\n", ""),
        ("DELETE", None, "DELETE /x?y=1 HTTP/1.1\r\n", ""),
        ("PATCH", Some("p"), "PATCH /x?y=1 HTTP/1.1\r\n", "p"),
        ("PURGE", None, "PURGE /x?y=1 HTTP/1.1\r\n", ""),
    ];
    for (method, body, first, last) in cases {
        let server = Server::start(vec![Answer::new("201 Created", &[], "made\n")]);
        let mut http = get(&server.url("/x?y=1"));
        http.method = method.to_owned();
        http.body = body.map(str::to_owned);
        http.headers.insert("X-Job".to_owned(), "dwd".to_owned());
        let log = succeed(http);
        assert!(
            log.contains("201 Created, ") && log.contains("\nmade\n") && log.contains("(headers X-Job)"),
            "{log}"
        );
        let request = server.requests().remove(0);
        assert!(request.starts_with(first) && request.ends_with(&format!("\r\n\r\n{last}")), "{request}");
        assert!(request.to_ascii_lowercase().contains("\r\nx-job: dwd\r\n"), "{request}");
    }
}

#[test]
fn the_status_decides() {
    let cases: [(&str, &[u16], Result<(), &str>); 6] = [
        ("204 No Content", &[], Ok(())),
        ("404 Not Found", &[404, 200], Ok(())),
        ("304 Not Modified", &[304], Ok(())),
        ("500 Internal Server Error", &[], Err("answered 500; expected 200-299")),
        ("200 OK", &[201, 202], Err("answered 200; expected 201, 202")),
        ("302 Found", &[], Err("answered 302; expected 200-299")),
    ];
    for (status, expect, expected) in cases {
        let server = Server::start(vec![Answer::new(status, &[], "")]);
        let http = Http { expect: expect.to_vec(), ..get(&server.url("/")) };
        match expected {
            Ok(()) => _ = succeed(http),
            Err(part) => {
                let message = run(http).failure();
                assert_eq!(message, format!("GET {} {part}", server.url("/")), "{status}");
            }
        }
        server.requests();
    }
}

#[test]
fn redirects_keep_headers_on_the_host_only() {
    let far = Server::start(vec![Answer::new("200 OK", &[], "far")]);
    let answers = vec![
        Answer::new("301 Moved Permanently", &[("Location", "/second/a")], ""),
        Answer::new("307 Temporary Redirect", &[("Location", "b?c")], ""),
        Answer::new("302 Found", &[("Location", &far.url("/far"))], ""),
    ];
    let near = Server::start(answers);
    let mut http = get(&near.url("/first"));
    http.headers.insert("X-Token".to_owned(), "t".to_owned());
    let log = succeed(http);
    assert!(log.contains("\nfar\n"), "{log}");
    let paths = |requests: &[String]| -> Vec<(String, bool)> {
        let token = |r: &String| r.to_ascii_lowercase().contains("x-token: t");
        requests.iter().map(|r| (r.lines().next().unwrap_or_default().to_owned(), token(r))).collect()
    };
    let line = |path: &str| format!("GET {path} HTTP/1.1");
    let expected = vec![(line("/first"), true), (line("/second/a"), true), (line("/second/b?c"), true)];
    assert_eq!(paths(&near.requests()), expected);
    assert_eq!(paths(&far.requests()), vec![(line("/far"), false)]);
}

#[test]
fn redirects_that_are_not_followed() {
    let moved = |to: &str| Answer::new("302 Found", &[("Location", to)], "");
    let cases: [(&str, Vec<Answer>, &str, &str); 3] = [
        ("POST", vec![moved("/x")], "/x", "only GET and HEAD are repeated"),
        ("GET", vec![moved("ftp://h/x")], "ftp://h/x", "it is no http or https URL"),
        ("GET", (0..6).map(|_| moved("/")).collect(), "/", "too many redirects"),
    ];
    for (method, answers, location, why) in cases {
        let server = Server::start(answers);
        let url = server.url("/");
        let message = run(Http { method: method.to_owned(), ..get(&url) }).failure();
        let expected = format!(
            "{method} {url} answered 302 and points to {location}, which is not followed ({why}): write that URL in the job"
        );
        assert_eq!(message, expected);
        server.requests();
    }
}

#[test]
fn requests_that_cannot_be_made() {
    let cases = [
        ("GET", "ftp://h/", "`ftp://h/` is no absolute http or https URL"),
        ("GET", "/path", "`/path` is no absolute http or https URL"),
        ("GET", "file:///etc/passwd", "`file:///etc/passwd` is no absolute http or https URL"),
        ("GE T", "http://h/", "`GE T` is no HTTP method: write GET, POST, PUT, PATCH, DELETE, …"),
    ];
    for (method, url, expected) in cases {
        assert_eq!(run(Http { method: method.to_owned(), ..get(url) }).failure(), expected);
    }
    let mut http = get("http://127.0.0.1:9/");
    http.headers.insert("X".to_owned(), "a\nb".to_owned());
    let message = run(http).failure();
    assert!(
        message.starts_with("the request to http://127.0.0.1:9/ cannot be built: check the names and values"),
        "{message}"
    );
}

#[test]
fn no_answer_in_time_is_a_failure() {
    let server = Server::start(vec![Answer::Silence]);
    let mut site = Site::new("");
    site.spec.timeout = Some(Span(50));
    let message = site.run(Task::Http(get(&server.url("/")))).failure();
    assert!(message.contains("got no answer after 0.") && message.contains("timeout"), "{message}");
    server.requests();

    let server = Server::start(vec![Answer::Bytes(b"HTTP/1.1 20".to_vec())]);
    let message = run(get(&server.url("/"))).failure();
    assert!(message.contains("got no answer"), "{message}");
    server.requests();
}

#[test]
fn a_body_that_does_not_come_changes_nothing() {
    let half = |status| format!("HTTP/1.1 {status}\r\nContent-Length: 10\r\n\r\nhalf").into_bytes();
    let cases = [
        (Answer::Bytes(half("200 OK")), None),
        (Answer::Stalled(half("200 OK")), None),
        (Answer::Stalled(half("500 Oh")), Some("answered 500; expected 200-299")),
    ];
    for (answer, failure) in cases {
        let server = Server::start(vec![answer]);
        let mut site = Site::new("");
        site.spec.timeout = Some(Span(2_000));
        let ran = site.run(Task::Http(get(&server.url("/"))));
        let log = ran.log;
        assert!(log.contains("\nhalf\n") && log.contains("the rest of the answer did not come"), "{log}");
        match failure {
            None => assert_eq!(ran.result.exit, TaskExit::Success, "{log}"),
            Some(words) => {
                assert!(ran.result.message.is_some_and(|message| message.ends_with(words)), "{log}");
            }
        }
        server.requests();
    }
}

#[test]
fn long_answers_are_cut_and_secrets_masked_before_that() {
    // One secret early, one across the end of what is shown, and one just behind it.
    let secret = "s3cret-s3cret";
    let mut body = format!("token {secret} ");
    body.push_str(&"x".repeat(64 * 1024 - body.len() - 5));
    body.push_str(secret);
    body.push_str(&secret.repeat(1000));
    let server = Server::start(vec![Answer::new("200 OK", &[], &body)]);
    let mut site = Site::new("");
    site.spec.secrets = vec![secret.to_owned()];
    let ran = site.run(Task::Http(get(&server.url(&format!("/?key={secret}")))));
    let log = ran.log;
    server.requests();
    assert!(
        log.contains("token *** xxx") && log.contains("/?key=***") && log.contains("the first 64 KiB"),
        "{log}"
    );
    assert!(!log.contains("s3cret") && !log.contains("x s3"), "{}", &log[log.len() - 200..]);
    assert!(log.len() < 66 * 1024, "{}", log.len());
    let tail = log.lines().find(|line| line.starts_with("token")).expect("the body");
    assert!(tail.trim_end_matches('*').ends_with('x'), "{}", &tail[tail.len() - 40..]);
}
