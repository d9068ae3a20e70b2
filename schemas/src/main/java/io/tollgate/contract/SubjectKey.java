package io.tollgate.contract;

import java.nio.charset.StandardCharsets;

/// A subject of an organization, as it keys records: `organization/subject`. Everything about one subject has one
/// record
/// key, so it lies in one partition, in one order.
public record SubjectKey(OrganizationId organizationId, SubjectId subject) {
    public String recordKey() {
        return organizationId.value() + "/" + subject.value();
    }

    /// The record key as it stands in the log: plain UTF-8.
    public byte[] recordKeyBytes() {
        return recordKey().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return recordKey();
    }
}
