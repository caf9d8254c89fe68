//! The counter handler: counts events under names.

use std::sync::Arc;

use async_trait::async_trait;
use db::{Db, DbError, args};

use super::binding::Position;
pub(super) use super::counter_store::STATEMENTS;
use super::counter_store::{COUNTER, COUNTER_MOVE, COUNTER_RESET};
use super::handler::{Act, ActionSpec, Handler, OptionSpec, OptionType, Options, flag};
use crate::Mfa;
use crate::operation::{Answer, Call, Failure};

const NAME: OptionSpec = OptionSpec { name: "counter_name", ty: OptionType::Str, required: true, doc: "The counter." };
const NEGATIVE: OptionSpec =
    OptionSpec { name: "allow_negative_values", ty: OptionType::Bool, required: false, doc: "It may fall below zero." };

/// How it is declared.
pub(super) static HANDLER: Handler = Handler {
    name: "Counter",
    doc: "Counts events.",
    positions: &[Position::Pre, Position::Post],
    actions: &[
        ActionSpec { name: "increase_counter", options: &[NAME], bind: |options| bind(options, Move::Up) },
        ActionSpec {
            name: "decrease_counter",
            options: &[NAME, NEGATIVE],
            bind: |options| bind(options, if flag(options, NEGATIVE.name) { Move::Down } else { Move::DownToZero }),
        },
        ActionSpec { name: "reset_counter", options: &[NAME], bind: |options| bind(options, Move::Reset) },
    ],
};

#[derive(Clone, Copy)]
enum Move {
    Up,
    Down,
    DownToZero,
    Reset,
}

struct Count {
    name: String,
    way: Move,
}

fn bind(options: &Options, way: Move) -> Arc<dyn Act> {
    let name = options.get(NAME.name).cloned().unwrap_or_default();
    Arc::new(Count { name, way })
}

#[async_trait]
impl Act for Count {
    async fn act(&self, _: &Mfa, call: &mut Call, _: Option<&mut Answer>) -> Result<(), Failure> {
        // A counter of 2^62 is out of reach, so no sum overflows.
        const LOWEST: i64 = -(1 << 62);
        let (by, floor) = match self.way {
            Move::Up => (1_i64, LOWEST),
            Move::Down => (-1, LOWEST),
            Move::DownToZero => (-1, 0),
            Move::Reset => {
                call.batch.run(&COUNTER_RESET, args![&self.name]);
                return Ok(());
            }
        };
        call.batch.run(&COUNTER_MOVE, args![&self.name, by.max(floor), by, floor, floor, by]);
        Ok(())
    }
}

/// How far a counter has come; 0 if it never moved.
///
/// # Errors
/// When the database fails.
pub(super) async fn read(db: &Db, name: &str) -> Result<i64, DbError> {
    db.fetch_optional(&COUNTER, args![name]).await?.map_or(Ok(0), |row| row.get(0))
}
