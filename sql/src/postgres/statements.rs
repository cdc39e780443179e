//! The statements of `queries/postgres/`: those that differ from SQLite's, each with the reason in its file.

use crate::statements::statements;

statements! { "../../queries/postgres/";
    LEADER_ADVANCE = "leader_advance";
    LEADER_CLAIM = "leader_claim";
    LEADER_TRY_CLAIM = "leader_try_claim";
    LEADER_HELD = "leader_held";
    LEADER_RENEW = "leader_renew";
    LEADER_RESIGN = "leader_resign";
    LEADER_POSITION = "leader_position";
}
