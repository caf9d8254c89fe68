//! Rows of counters.

db::statements! {
    /// Moves a counter by an amount, but not below a floor.
    COUNTER_MOVE =
        "INSERT INTO event_counter (name, amount) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET amount =
         CASE WHEN event_counter.amount + ? < ? THEN ? ELSE event_counter.amount + ? END",
        mysql "INSERT INTO event_counter (name, amount) VALUES (?, ?)
         ON DUPLICATE KEY UPDATE amount = CASE WHEN amount + ? < ? THEN ? ELSE amount + ? END";
    /// Sets a counter to zero.
    COUNTER_RESET = "INSERT INTO event_counter (name, amount) VALUES (?, 0) ON CONFLICT (name) DO UPDATE SET amount = 0",
        mysql "INSERT INTO event_counter (name, amount) VALUES (?, 0) ON DUPLICATE KEY UPDATE amount = 0";
    /// How far a counter has come.
    COUNTER = "SELECT amount FROM event_counter WHERE name = ?";
}
