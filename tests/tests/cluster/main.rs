//! Schedulers and agents as processes of their own, over a PostgreSQL and a RabbitMQ of the test's own; what ran is asked of a file to
//! which the jobs themselves append.

mod night;
mod site;
