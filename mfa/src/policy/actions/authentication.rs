//! Scope `authentication`: how factors are checked.

use crate::policy::{Flag, Scope, Words};

crate::choices! {
    /// What is checked as PIN.
    OtpPin {
        /// The PIN of the token.
        TokenPin = "tokenpin",
        /// The password of the person.
        UserStore = "userstore",
        /// Nothing: the PIN is empty.
        Nothing = "none",
    }
}

crate::actions! { Scope::Authentication;
    /// What is checked as PIN.
    OTPPIN: OtpPin = "otppin";
    /// Token kinds that ask for their code in a second step, space separated.
    CHALLENGE_RESPONSE: Words = "challenge_response";
    /// Text of the question for the code.
    CHALLENGE_TEXT: String = "challenge_text";
    /// PIN and code in one field are refused.
    FORCE_CHALLENGE_RESPONSE: Flag = "force_challenge_response";
    /// Answer failed sign-ins uniformly.
    HIDE_SPECIFIC_ERROR_MESSAGE: Flag = "hide_specific_error_message";
    /// Overwrite the realm before anything else.
    SET_REALM: String = "set_realm";
    /// Token kinds that are refused, space separated.
    DISABLED_TOKEN_TYPES: Words = "disabled_token_types";
    /// A success resets the fail counters of all tokens of the person.
    RESET_ALL_USER_TOKENS: Flag = "reset_all_user_tokens";
    /// Triggering a challenge counts as a failure.
    INCREASE_FAILCOUNTER_ON_CHALLENGE: Flag = "increase_failcounter_on_challenge";
}
