//! `http`: one request, whose status decides.

use std::io::Read;
use std::time::Duration;

use daybreak_flows::task::Http;
use ureq::http::header::LOCATION;
use ureq::http::uri::{Authority, Scheme};
use ureq::http::{Method, Request, Response, Uri};
use ureq::{Agent, Body};

use super::attempt::Outcome;
use super::log::{Log, Stopwatch};
use super::{TaskError, TaskSpec};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long everything may take, if the job has no time-out.
const TOTAL_DEFAULT: Duration = Duration::from_secs(60);
/// How long the answer's body is waited for, for the log: the status has decided by then.
const BODY: Duration = Duration::from_secs(5);
/// How much of the answer the log shows.
const BODY_SHOWN: usize = 64 * 1024;
/// Redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// Why an `http` task failed.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL cannot be used.
    #[error("`{url}` is no absolute http or https URL")]
    Url {
        /// As written.
        url: String,
    },
    /// The method cannot be used.
    #[error("`{method}` is no HTTP method: write GET, POST, PUT, PATCH, DELETE, …")]
    Method {
        /// As written.
        method: String,
    },
    /// The request cannot be built: a header's name or value has forbidden characters.
    #[error("the request to {url} cannot be built: check the names and values of its headers")]
    Request {
        /// Where to.
        url: String,
        /// Why.
        source: ureq::http::Error,
    },
    /// No answer, or half of a status.
    #[error("{method} {url} got no answer after {seconds:.1} s: {reason}")]
    NoAnswer {
        /// GET, …
        method: String,
        /// Where to.
        url: String,
        /// How long it took.
        seconds: f64,
        /// In the client's words.
        reason: String,
    },
    /// An answer that does not mean success.
    #[error("{method} {url} answered {status}; expected {expected}")]
    Status {
        /// GET, …
        method: String,
        /// Where to.
        url: String,
        /// What came.
        status: u16,
        /// What would have been success.
        expected: String,
    },
    /// A redirect that is not followed.
    #[error(
        "{method} {url} answered {status} and points to {location}, which is not followed ({why}): write that URL in the job"
    )]
    Redirect {
        /// GET, …
        method: String,
        /// Where to.
        url: String,
        /// 301, …
        status: u16,
        /// Where it points.
        location: String,
        /// Why not.
        why: &'static str,
    },
}

pub(super) fn run(spec: &TaskSpec, http: &Http, log: &mut Log<'_>) -> Result<Outcome, TaskError> {
    let total =
        spec.timeout.and_then(|span| u64::try_from(span.0).ok()).map_or(TOTAL_DEFAULT, Duration::from_millis);
    let mut call = Call::of(http, total)?;
    log.line(format_args!("{} {}{}", call.method, call.uri, header_names(http)));
    loop {
        let response = call.send()?;
        let status = response.status().as_u16();
        if is_expected(http, status) {
            show(&call, response, log);
            return Ok(Outcome::Done(None));
        }
        match call.redirected(&response)? {
            Some(next) => {
                let stripped = if next.headers.is_empty() { "" } else { ", with the job's headers" };
                log.line(format_args!("{status}, redirected to {}{stripped}", next.uri));
                call = next;
            }
            None => {
                let (method, url) = call.names();
                show(&call, response, log);
                return Err(HttpError::Status { method, url, status, expected: expected(http) }.into());
            }
        }
    }
}

/// One request and what is left of its time.
struct Call<'h> {
    method: Method,
    uri: Uri,
    headers: Vec<(&'h str, &'h str)>,
    body: Option<&'h str>,
    total: Duration,
    watch: Stopwatch,
    redirects: usize,
}

impl<'h> Call<'h> {
    fn of(http: &'h Http, total: Duration) -> Result<Self, HttpError> {
        let method = Method::from_bytes(http.method.to_ascii_uppercase().as_bytes())
            .map_err(|_| HttpError::Method { method: http.method.clone() })?;
        let uri = absolute(&http.url).ok_or_else(|| HttpError::Url { url: http.url.clone() })?;
        let headers = http.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = http.body.as_deref();
        Ok(Self { method, uri, headers, body, total, watch: Stopwatch::start(), redirects: 0 })
    }

    fn send(&self) -> Result<Response<Body>, HttpError> {
        let left = self.total.saturating_sub(self.watch.elapsed());
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(left))
            // A job that waited until its own time-out would be ended by that.
            .timeout_recv_body(Some(BODY.min(left / 2)))
            .build()
            .into();
        let mut request = Request::builder().method(self.method.clone()).uri(self.uri.clone());
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let built = |source| HttpError::Request { url: self.uri.to_string(), source };
        let answer = match self.body {
            Some(body) => agent.run(request.body(body).map_err(built)?),
            None => agent.run(request.body(()).map_err(built)?),
        };
        answer.map_err(|error| self.no_answer(error.to_string()))
    }

    /// The next request, if the answer is a redirect; it goes on without the job's headers when it leaves the host.
    fn redirected(&self, response: &Response<Body>) -> Result<Option<Self>, HttpError> {
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let (301..=303 | 307 | 308, Some(location)) = (status, location) else { return Ok(None) };
        let refused = |why| {
            let (method, url) = self.names();
            Err(HttpError::Redirect { method, url, status, location: location.to_owned(), why })
        };
        if self.method != Method::GET && self.method != Method::HEAD {
            return refused("only GET and HEAD are repeated");
        }
        if self.redirects == REDIRECTS_MAX {
            return refused("too many redirects");
        }
        let Some(uri) = resolved(&self.uri, location) else { return refused("it is no http or https URL") };
        if self.uri.scheme() == Some(&Scheme::HTTPS) && uri.scheme() != Some(&Scheme::HTTPS) {
            return refused("it leaves https");
        }
        let same_host = self.uri.authority().map(Authority::as_str) == uri.authority().map(Authority::as_str);
        let headers = if same_host { self.headers.clone() } else { Vec::new() };
        let redirects = self.redirects + 1;
        Ok(Some(Self { method: self.method.clone(), uri, headers, redirects, ..*self }))
    }

    /// Method and URL, for messages.
    fn names(&self) -> (String, String) {
        (self.method.to_string(), self.uri.to_string())
    }

    fn no_answer(&self, reason: String) -> HttpError {
        let (method, url) = self.names();
        HttpError::NoAnswer { method, url, seconds: self.watch.elapsed().as_secs_f64(), reason }
    }
}

fn absolute(url: &str) -> Option<Uri> {
    let uri: Uri = url.parse().ok()?;
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    (known && uri.host().is_some()).then_some(uri)
}

/// `Location` may be a URL, a path, or a path relative to the one that was asked for.
fn resolved(base: &Uri, location: &str) -> Option<Uri> {
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    if location.contains("://") {
        return absolute(location);
    }
    if location.starts_with("//") {
        return absolute(&format!("{scheme}:{location}"));
    }
    if location.starts_with('/') {
        return absolute(&format!("{scheme}://{authority}{location}"));
    }
    let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    absolute(&format!("{scheme}://{authority}{folder}/{location}"))
}

fn is_expected(http: &Http, status: u16) -> bool {
    if http.expect.is_empty() { (200..300).contains(&status) } else { http.expect.contains(&status) }
}

fn expected(http: &Http) -> String {
    if http.expect.is_empty() {
        return "200-299".to_owned();
    }
    http.expect.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

/// Names only: values are often credentials, in spellings that no mask knows.
fn header_names(http: &Http) -> String {
    if http.headers.is_empty() {
        return String::new();
    }
    format!(" (headers {})", http.headers.keys().cloned().collect::<Vec<_>>().join(", "))
}

/// Writes status, time and the beginning of the body to the log.
fn show(call: &Call<'_>, mut response: Response<Body>, log: &mut Log<'_>) {
    let status = response.status();
    // Read a little more than is shown: the mask must see a secret whole, and the end of what was read may hold the
    // beginning of one.
    let margin = log.secret_length_max();
    let limit = (BODY_SHOWN + margin) as u64;
    let mut bytes = Vec::new();
    let mut body = response.body_mut().as_reader().take(limit);
    let broken_off = body.read_to_end(&mut bytes).err();
    // Half a secret may stand at the end of what came.
    let cut = broken_off.is_some() || bytes.len() as u64 == limit;
    let text = String::from_utf8_lossy(&bytes);
    let masked = log.masked(&text).into_owned();
    let length =
        if cut { masked.len().saturating_sub(margin).min(BODY_SHOWN) } else { masked.len().min(BODY_SHOWN) };
    let shown = &masked[..masked.floor_char_boundary(length)];
    log.line(format_args!("{status}, {}", call.watch));
    if !shown.is_empty() {
        log.line(format_args!("{}", shown.trim_end()));
    }
    match broken_off {
        Some(error) => log.line(format_args!("… (the rest of the answer did not come: {error})")),
        None if shown.len() < masked.len() => log.line(format_args!("… (the log shows the first 64 KiB)")),
        None => {}
    }
}
