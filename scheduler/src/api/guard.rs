//! Who may pass: a request must come under this machine's own name, and with a token.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::auth::Tokens;
use super::error::ApiError;

/// The name of the token that a request came with.
#[derive(Debug, Clone)]
pub(super) struct Who(pub(super) Arc<str>);

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = ApiError;

    /// Refuses where [`require_token`] has not run.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthorized)
    }
}

/// Lets only requests with a known token pass, and notes whose it is.
pub(super) async fn require_token(
    State(tokens): State<Arc<Tokens>>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let who = bearer(request.headers()).and_then(|secret| tokens.who(secret));
    let who = who.ok_or_else(ApiError::unauthorized)?;
    request.extensions_mut().insert(Who(who));
    Ok(next.run(request).await)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(secret)
}

/// Lets only requests pass that were made for this machine. A page in somebody's browser can make its own host name point to
/// 127.0.0.1 (DNS rebinding), but it cannot change the name that the browser sends along.
pub(super) async fn require_own_name(request: Request, next: Next) -> Result<Response, ApiError> {
    if is_own(request.headers(), request.uri()) {
        Ok(next.run(request).await)
    } else {
        Err(ApiError::foreign_host())
    }
}

fn is_own(headers: &HeaderMap, uri: &Uri) -> bool {
    let mut all = headers.get_all(header::HOST).iter();
    let named = match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    };
    // A full URI in the request line counts more than the header, so both must be right.
    let in_uri = uri.authority().map(axum::http::uri::Authority::as_str);
    named.is_some_and(is_loopback) && in_uri.is_none_or(is_loopback)
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    ["127.0.0.1", "[::1]", "localhost"].iter().any(|own| host.eq_ignore_ascii_case(own))
}

/// Answers are for the asker alone and are what they say they are.
pub(super) async fn mark_private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_own() {
        for (authority, own) in [
            ("127.0.0.1", true),
            ("127.0.0.1:7350", true),
            ("localhost:7350", true),
            ("LOCALHOST", true),
            ("[::1]:7350", true),
            ("[::1]", true),
            ("evil.example", false),
            ("evil.example:7350", false),
            ("127.0.0.1.evil.example", false),
            ("127.0.0.1:7350.evil.example", false),
            ("localhost.", false),
            ("", false),
            (":7350", false),
            ("user@127.0.0.1", false),
        ] {
            assert_eq!(is_loopback(authority), own, "{authority:?}");
        }
    }

    #[test]
    fn a_token_is_read_only_where_it_is_clear_which() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().expect("a header"));
            }
            headers
        };
        assert_eq!(bearer(&headers(&["Bearer abc"])), Some("abc"));
        assert_eq!(bearer(&headers(&["bearer abc"])), Some("abc"));
        assert_eq!(bearer(&headers(&["Basic abc"])), None);
        assert_eq!(bearer(&headers(&["abc"])), None);
        assert_eq!(bearer(&headers(&["Bearer abc", "Bearer def"])), None);
        assert_eq!(bearer(&headers(&[])), None);
    }
}
