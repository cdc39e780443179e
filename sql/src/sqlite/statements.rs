//! The statements of `queries/sqlite/`: those that know of no lease, because the lock on the folder is one.

use crate::statements::statements;

statements! { "../../queries/sqlite/";
    LEADER_CLAIM = "leader_claim";
    LEADER_ADVANCE = "leader_advance";
    LEADER_POSITION = "leader_position";
}
