//! The conformance suite on the in-process transport, as it is and behind a link that encodes and reorders.

use daybreak_bus::conformance::{self, Fixture};
use daybreak_bus::envelope;
use daybreak_bus::inprocess::{InProcessAgent, InProcessAgents, InProcessScheduler, network};
use daybreak_bus::link::{AgentLink, Delivery, LinkError, SchedulerLink};
use daybreak_bus::message::{FromAgent, ToAgent};

struct InProcess {
    scheduler: Option<InProcessScheduler>,
    agents: InProcessAgents,
}

impl InProcess {
    fn start() -> Self {
        let (scheduler, agents) = network();
        Self { scheduler: Some(scheduler), agents }
    }
}

impl Fixture for InProcess {
    type Scheduler = InProcessScheduler;
    type Agent = InProcessAgent;

    async fn scheduler(&mut self) -> InProcessScheduler {
        self.scheduler.take().expect("the suite asks once")
    }

    async fn agent(&mut self, name: &str) -> InProcessAgent {
        self.agents.connect(name)
    }

    async fn close(&mut self) {
        self.agents.close();
    }
}

#[tokio::test]
async fn in_process() {
    conformance::exercise(async || InProcess::start()).await;
}

/// Every message goes through its bytes and back, and leaves in pairs of which the second comes first: what the suite
/// asks for must hold for a transport that serialises and does not keep the order.
struct Rough(InProcess);

struct RoughScheduler(InProcessScheduler, Option<Delivery<FromAgent>>);
struct RoughAgent(InProcessAgent, Option<Delivery<ToAgent>>);

fn through_bytes<M: serde::Serialize + serde::de::DeserializeOwned>(message: &M) -> M {
    let bytes = envelope::encode(message).expect("every message that the suite sends fits");
    envelope::decode(&bytes).expect("what was encoded decodes")
}

impl Fixture for Rough {
    type Scheduler = RoughScheduler;
    type Agent = RoughAgent;

    async fn scheduler(&mut self) -> RoughScheduler {
        RoughScheduler(self.0.scheduler().await, None)
    }

    async fn agent(&mut self, name: &str) -> RoughAgent {
        RoughAgent(self.0.agent(name).await, None)
    }

    async fn close(&mut self) {
        self.0.close().await;
    }
}

impl SchedulerLink for RoughScheduler {
    async fn send(&mut self, agent: &str, message: ToAgent) -> Result<(), LinkError> {
        self.0.send(agent, through_bytes(&message)).await
    }

    async fn receive(&mut self) -> Option<Delivery<FromAgent>> {
        if let Some(kept) = self.1.take() {
            return Some(kept);
        }
        let first = self.0.receive().await?;
        let Ok(Some(second)) = tokio::time::timeout(std::time::Duration::ZERO, self.0.receive()).await else {
            return Some(first);
        };
        self.1 = Some(first);
        Some(second)
    }
}

impl AgentLink for RoughAgent {
    async fn send(&mut self, message: FromAgent) -> Result<(), LinkError> {
        self.0.send(through_bytes(&message)).await
    }

    async fn receive(&mut self) -> Option<Delivery<ToAgent>> {
        if let Some(kept) = self.1.take() {
            return Some(kept);
        }
        let first = self.0.receive().await?;
        let Ok(Some(second)) = tokio::time::timeout(std::time::Duration::ZERO, self.0.receive()).await else {
            return Some(first);
        };
        self.1 = Some(first);
        Some(second)
    }
}

#[tokio::test]
async fn serialised_and_out_of_order() {
    conformance::exercise(async || Rough(InProcess::start())).await;
}
