//! What requests carry: a JSON body, or parameters, with every mistake named.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use super::error::{ApiError, detail};
use super::types::{BODY_BYTES_MAX, Detail, ErrorCode, Finding};

/// The body of a request.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        read(&bytes).map(Self).map_err(|detail| ApiError::invalid(vec![*detail]))
    }
}

fn unread(rejection: BytesRejection) -> ApiError {
    let text = rejection.body_text();
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let mib = (BODY_BYTES_MAX >> 20) as u64;
            ApiError::of(ErrorCode::TooLarge, Finding::TooLarge { mib })
        }
        _ => ApiError::of(ErrorCode::InvalidRequest, Finding::Unreadable { reason: text }),
    }
}

/// Reads JSON; what is wrong with it is said with its place.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Box<Detail>> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = (path != ".").then_some(path);
        Box::new(Detail { field, ..unreadable(error.inner()) })
    })?;
    json.end().map_err(|error| Box::new(Detail { field: None, ..unreadable(&error) }))?;
    Ok(value)
}

fn unreadable(error: &serde_json::Error) -> Detail {
    detail("", Finding::Unreadable { reason: error.to_string() })
}

/// The parameters of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Params(pub(super) Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let query = query.map_err(|rejection| {
            ApiError::of(ErrorCode::InvalidRequest, Finding::Unreadable { reason: rejection.body_text() })
        })?;
        Ok(Self(query.0))
    }
}

impl Params {
    /// A reader that knows these names and no others.
    pub(super) fn reader(&self, known: &[&str]) -> Reader<'_> {
        let unknown = self.0.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let findings = unknown.map(|(name, _)| {
            detail(name, Finding::UnknownParameter { name: name.clone(), known: known.join(", ") })
        });
        Reader { params: self, findings: findings.collect() }
    }
}

/// Reads parameters and collects what is wrong with them.
pub(super) struct Reader<'p> {
    params: &'p Params,
    findings: Vec<Detail>,
}

impl<'p> Reader<'p> {
    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.values(name).map(str::to_owned).collect()
    }

    fn values<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'p str> + 'r {
        self.params.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The only value of a parameter, if it is given. `example` shows what it should look like.
    pub(super) fn one<T: FromStr>(&mut self, name: &str, example: &str) -> Option<T> {
        let (first, second) = {
            let mut values = self.values(name);
            (values.next(), values.next())
        };
        let first = first?;
        if second.is_some() {
            self.findings.push(detail(name, Finding::GivenTwice { name: name.to_owned() }));
        }
        let value = first.parse();
        if value.is_err() {
            let [value, example] = [first, example].map(str::to_owned);
            self.findings.push(detail(name, Finding::Value { name: name.to_owned(), value, example }));
        }
        value.ok()
    }

    /// What was read, if nothing was wrong.
    pub(super) fn finish<T>(self, value: T) -> Result<T, ApiError> {
        if self.findings.is_empty() { Ok(value) } else { Err(ApiError::invalid(self.findings)) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{CommandRequest, Order};
    use super::*;

    fn finding<T: DeserializeOwned>(json: &str) -> (Option<String>, String) {
        let detail = read::<T>(json.as_bytes()).err().expect("refused");
        (detail.field, detail.message)
    }

    #[test]
    fn a_command_is_read_with_its_fields_side_by_side() {
        let json = r#"{"id": "1", "do": "rerun", "select": ["a@20130105"], "after": true}"#;
        let expected = CommandRequest {
            id: "1".to_owned(),
            why: None,
            preview: false,
            order: Order::Rerun { select: vec!["a@20130105".to_owned()], after: true, through_prev: false },
        };
        let request: CommandRequest = read(json.as_bytes()).expect("readable");
        assert_eq!(request, expected);
        let again = serde_json::to_string(&request).expect("writable");
        assert_eq!(read::<CommandRequest>(again.as_bytes()).expect("readable"), expected);
    }

    #[test]
    fn unknown_fields_are_named() {
        let cases = [
            (r#"{"id": "1", "do": "freeze", "forse": true}"#, "unknown field `forse`"),
            (r#"{"id": "1", "do": "pass", "select": [], "after": true}"#, "unknown field `after`"),
            (r#"{"id": "1", "do": "explode", "select": []}"#, "unknown variant `explode`"),
            (r#"{"id": "1", "do": "pass"}"#, "missing field `select`"),
            (r#"{"id": "1"}"#, "missing field `do`"),
        ];
        for (json, message) in cases {
            let found = finding::<CommandRequest>(json).1;
            assert!(found.contains(message), "{json}: {found}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        assert_eq!(finding::<CommandRequest>("{").1, "EOF while parsing an object at line 1 column 1");
        let more = r#"{"id": "1", "do": "freeze"} {"#;
        assert_eq!(finding::<CommandRequest>(more).1, "trailing characters at line 1 column 29");
    }

    #[test]
    fn all_parameters_that_are_wrong_are_reported_at_once() {
        let pairs = [("limit", "many"), ("sate", "failed"), ("follow", "true"), ("follow", "true")];
        let params = Params(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        let mut reader = params.reader(&["limit", "state", "follow"]);
        let limit: Option<u32> = reader.one("limit", "100");
        let follow: Option<bool> = reader.one("follow", "true");
        assert_eq!((limit, follow), (None, Some(true)));
        let error = reader.finish(()).expect_err("three mistakes");
        let details: Vec<&str> = error.0.details.iter().map(|detail| detail.message.as_str()).collect();
        assert_eq!(
            details,
            [
                "there is no parameter `sate`: there are limit, state, follow",
                "`many` is no value for `limit`: write for example 100",
                "`follow` is given twice",
            ]
        );
    }
}
