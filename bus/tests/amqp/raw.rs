//! A client that is none of ours: for what an operator, an intruder or another program would do.

use daybreak_servers::rabbitmq::RabbitMq;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ErrorKind};

use super::ends::PATIENCE;

pub(crate) struct Raw {
    connection: Connection,
}

impl Raw {
    pub(crate) async fn connect(broker: &RabbitMq, user: &str, password_file: &std::path::Path) -> Self {
        let mut uri: AMQPUri = broker.url_of(user).parse().expect("a URL");
        uri.authority.userinfo.password = std::fs::read_to_string(password_file).expect("a password");
        let connection = Connection::connect_uri(uri, ConnectionProperties::default());
        Self { connection: connection.await.expect("a login") }
    }

    pub(crate) async fn admin(broker: &RabbitMq) -> Self {
        Self::connect(broker, "admin", &broker.password_file()).await
    }

    /// A refusal closes a channel: every try has its own.
    pub(crate) async fn channel(&self) -> Channel {
        self.connection.create_channel().await.expect("a channel")
    }

    pub(crate) async fn publish(&self, exchange: &str, key: &str, bytes: &[u8]) {
        let published = try_publish(&self.channel().await, exchange, key, bytes).await;
        published.expect("it may publish");
    }

    /// Takes the next message out of a queue, waiting for it.
    pub(crate) async fn take(&self, queue: &str) -> BasicGetMessage {
        let channel = self.channel().await;
        let look = async {
            loop {
                let found = channel.basic_get(queue.into(), BasicGetOptions { no_ack: true });
                if let Some(message) = found.await.expect("it may read") {
                    return message;
                }
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("something comes in")
    }

    /// Messages in a queue that nobody has in hand; `None` without such a queue.
    pub(crate) async fn waiting(&self, queue: &str) -> Option<u32> {
        let options = lapin::options::QueueDeclareOptions { passive: true, ..Default::default() };
        let channel = self.channel().await;
        let found = channel.queue_declare(queue.into(), options, FieldTable::default()).await;
        found.ok().map(|queue| queue.message_count())
    }

    /// Waits until a queue is there, or is not.
    pub(crate) async fn wait_for_queue(&self, queue: &str, present: bool) {
        let look = async { while self.waiting(queue).await.is_some() != present {} };
        tokio::time::timeout(PATIENCE, look)
            .await
            .unwrap_or_else(|_| panic!("{queue}: present is not {present}"));
    }
}

/// Publishes and waits for the broker's word.
pub(crate) async fn try_publish(
    channel: &Channel,
    exchange: &str,
    key: &str,
    bytes: &[u8],
) -> lapin::Result<()> {
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let options = BasicPublishOptions::default();
    let confirm = channel
        .basic_publish(exchange.into(), key.into(), options, bytes, BasicProperties::default())
        .await?;
    confirm.await.map(drop)
}

pub(crate) async fn try_consume(channel: &Channel, queue: &str) -> lapin::Result<()> {
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    channel.basic_consume(queue.into(), "".into(), options, arguments).await.map(drop)
}

/// The broker refused it for want of a permission.
pub(crate) fn is_forbidden<T>(result: &lapin::Result<T>) -> bool {
    let Err(error) = result else { return false };
    matches!(error.kind(), ErrorKind::ProtocolError(error) if error.get_id() == 403)
}
