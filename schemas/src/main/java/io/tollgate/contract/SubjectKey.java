package io.tollgate.contract;

import java.nio.charset.StandardCharsets;

/// A subject of an organization, as it keys records: `organization/subject`. Everything about one subject has one
/// record
/// key, so it lies in one partition, in one order.
public record SubjectKey(OrganizationId organizationId, SubjectId subject) {
    /// Reads what [#recordKey] wrote.
    ///
    /// @throws IllegalArgumentException for what is no record key
    public static SubjectKey ofRecordKey(String recordKey) {
        int slash = recordKey.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("a record key is organization/subject");
        }
        return new SubjectKey(
                new OrganizationId(recordKey.substring(0, slash)), new SubjectId(recordKey.substring(slash + 1)));
    }

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
