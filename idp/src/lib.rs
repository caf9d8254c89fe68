//! The identity provider: login flow, sessions, parties, claims, consent, OpenID Connect.
