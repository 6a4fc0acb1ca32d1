"""The exchange with the authorization server: forms, answers, the token endpoint."""
