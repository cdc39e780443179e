//! The conformance suite. Every case has a prefix of its own, so that one broker serves all.

use daybreak_bus::amqp::{AmqpAgent, AmqpScheduler, AmqpSettings, LinkControl, QueueKind};
use daybreak_bus::conformance::{self, Fixture};
use daybreak_servers::rabbitmq::RabbitMq;

use super::ends::{settings, wait_until_up};
use super::keys;

struct OnBroker {
    settings: AmqpSettings,
    controls: Vec<LinkControl>,
}

impl Fixture for OnBroker {
    type Scheduler = AmqpScheduler;
    type Agent = AmqpAgent;

    async fn scheduler(&mut self) -> AmqpScheduler {
        let scheduler =
            AmqpScheduler::start(&self.settings, keys::of_scheduler()).expect("the settings are right");
        self.controls.push(scheduler.control());
        wait_until_up(&scheduler.control()).await;
        scheduler
    }

    async fn agent(&mut self, name: &str) -> AmqpAgent {
        let agent = AmqpAgent::start(&self.settings, name, Some(1), keys::of_agent(name))
            .expect("the settings are right");
        self.controls.push(agent.control());
        wait_until_up(&agent.control()).await;
        agent
    }

    async fn close(&mut self) {
        for control in &self.controls {
            control.close();
        }
    }
}

#[tokio::test]
async fn classic_and_quorum_queues() {
    let broker = RabbitMq::start().expect("a broker");
    for queues in [QueueKind::Classic, QueueKind::Quorum] {
        let mut number = 0;
        conformance::exercise(async || {
            number += 1;
            let settings = AmqpSettings { queues, ..settings(&broker, &format!("{queues:?}-{number}")) };
            OnBroker { settings, controls: Vec::new() }
        })
        .await;
    }
}
