package io.tollgate.control.quota;

/// What became of the wish for a new quota.
public sealed interface QuotaCreation {
    /// It is in force and, unless waiting for that was given up, applied at this instance.
    record Created(StoredQuota quota) implements QuotaCreation {}

    /// Another quota has this target.
    record AlreadyExists() implements QuotaCreation {}

    /// No such organization, or a deleted one.
    record NoOrganization() implements QuotaCreation {}
}
