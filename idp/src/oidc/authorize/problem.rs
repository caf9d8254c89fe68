//! What the authorization endpoint refuses, and where it says so.

use crate::login::Refusal;
use crate::oidc::problem::problems;

problems! {
    /// Problems that are shown to the person and never sent anywhere: we do not know where the client is, or may not trust it.
    PageProblem {
        /// The form or query cannot be read.
        Unreadable = "authorize_unreadable", "invalid_request", Invalid, "The request cannot be read.";
        /// No client_id, or several.
        ClientMissing = "authorize_client_missing", "invalid_request", Invalid, "The request does not say which application asks.";
        /// No such client, or it is disabled.
        ClientUnknown = "authorize_client_unknown", "unauthorized_client", Invalid, "The application is not registered here.";
        /// No redirect_uri, or several.
        RedirectMissing = "authorize_redirect_missing", "invalid_request", Invalid, "The request does not say where to go afterwards.";
        /// A redirect_uri that is not registered.
        RedirectUnknown = "authorize_redirect_unknown", "invalid_request", Invalid,
            "The address to go to afterwards is not registered for this application.";
        /// What the flow carried cannot be used any more: the client was changed meanwhile.
        TicketVoid = "authorize_ticket_void", "invalid_request", Invalid,
            "The application was changed meanwhile. Go back to it and start again.";
    }
}

problems! {
    /// Problems that the client is told through the browser.
    AuthorizeProblem {
        /// A parameter occurs twice.
        Repeated = "authorize_repeated", "invalid_request", Invalid, "A parameter occurs more than once.";
        /// Request objects are not supported.
        RequestObject = "authorize_request_object", "request_not_supported", Invalid, "Request objects are not supported.";
        /// Request objects by reference are not supported.
        RequestUri = "authorize_request_uri", "request_uri_not_supported", Invalid, "Request objects by reference are not supported.";
        /// No response_type.
        ResponseTypeMissing = "authorize_response_type_missing", "invalid_request", Invalid, "response_type is missing.";
        /// Another response_type than code.
        ResponseType = "authorize_response_type", "unsupported_response_type", Invalid, "Only the response_type code is supported.";
        /// The client is not registered for it.
        NotAllowed = "authorize_not_allowed", "unauthorized_client", Forbidden, "The client may not use the authorization code flow.";
        /// A response_mode that we do not do.
        ResponseMode = "authorize_response_mode", "invalid_request", Invalid, "response_mode must be query or form_post.";
        /// The scope parameter is malformed, or nothing of it is allowed.
        Scope = "authorize_scope", "invalid_scope", Invalid, "scope is missing, malformed, or names nothing that the client may ask for.";
        /// PKCE is mandatory here.
        PkceMissing = "authorize_pkce_missing", "invalid_request", Invalid, "code_challenge is required.";
        /// PKCE is not S256, or malformed.
        Pkce = "authorize_pkce", "invalid_request", Invalid, "code_challenge must be 43 characters of base64url and its method S256.";
        /// A prompt that we do not know, or none beside others.
        Prompt = "authorize_prompt", "invalid_request", Invalid, "prompt has an unknown value, or none beside others.";
        /// max_age is no number.
        MaxAge = "authorize_max_age", "invalid_request", Invalid, "max_age must be a number of seconds.";
        /// The claims parameter cannot be read.
        Claims = "authorize_claims", "invalid_request", Invalid, "claims is not what OpenID Connect Core 5.5 describes.";
        /// The id_token_hint is not ours or not for this client.
        Hint = "authorize_hint", "invalid_request", Invalid, "id_token_hint is no ID token that was issued here to this client.";
        /// nonce or state is absurdly long.
        TooLong = "authorize_too_long", "invalid_request", Invalid, "state or nonce is too long.";
        /// Nobody is signed in and nothing may be shown.
        LoginRequired = "authorize_login_required", "login_required", Unauthenticated, "The person has to sign in.";
        /// Somebody would have to choose.
        AccountSelection = "authorize_account_selection", "account_selection_required", Unauthenticated,
            "The person has to choose an account.";
        /// Somebody would have to consent.
        Consent = "authorize_consent", "consent_required", Forbidden, "The person has to consent.";
        /// Something else would have to be shown.
        Interaction = "authorize_interaction", "interaction_required", Unauthenticated, "The person has to answer something.";
        /// The person said no.
        Denied = "authorize_denied", "access_denied", Forbidden, "The person refused or gave up.";
        /// Policy says no.
        Forbidden = "authorize_forbidden", "access_denied", Forbidden, "This person may not use this application.";
        /// A claim that the application demands has no value.
        Incomplete = "authorize_incomplete", "access_denied", Forbidden,
            "What the application has to know about this person is not known.";
        /// No factor where one is demanded.
        NoFactor = "authorize_no_factor", "access_denied", Forbidden, "The person has no factor of the kind that is demanded.";
        /// None of the essential levels can be reached.
        UnmetAcr = "authorize_unmet_acr", "unmet_authentication_requirements", Forbidden,
            "None of the requested authentication levels can be reached.";
        /// A fault of ours.
        Fault = "authorize_fault", "server_error", Internal, "The server could not complete the request.";
    }
}

impl From<Refusal> for AuthorizeProblem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::LoginRequired => Self::LoginRequired,
            Refusal::AccountSelectionRequired => Self::AccountSelection,
            Refusal::ConsentRequired => Self::Consent,
            Refusal::InteractionRequired => Self::Interaction,
            Refusal::Denied => Self::Denied,
            Refusal::Forbidden => Self::Forbidden,
            Refusal::NoFactor => Self::NoFactor,
            Refusal::UnmetAcr => Self::UnmetAcr,
        }
    }
}
