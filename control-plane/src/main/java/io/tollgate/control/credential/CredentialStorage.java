package io.tollgate.control.credential;

/// What became of the wish to store a credential.
public sealed interface CredentialStorage {
    record Stored(Credential credential) implements CredentialStorage {}

    /// An active credential has this type and name.
    record NameTaken() implements CredentialStorage {}

    /// [Credentials#ACTIVE_MAX] credentials of the type are active.
    record LimitReached() implements CredentialStorage {}

    /// No such organization, or a deleted one.
    record NoOrganization() implements CredentialStorage {}
}
