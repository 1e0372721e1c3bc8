//! Floor 2: who is calling: accounts, sessions, roles, API keys, links.
