//! The RabbitMQ transport on real brokers, in order and in trouble.
//!
//! A broker takes seconds to start, and every test is a process of its own: the cases of a test share one.

mod conformance;
mod ends;
mod forgery;
mod keys;
mod order;
mod raw;
mod trouble;
